"""What made a result: versions and the git commit."""

import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from theraflow import __version__
from theraflow.core.files import REPOSITORY


def provenance(content: Mapping[str, Any], packages: Iterable[str]) -> dict[str, Any]:
    """Add to ``content`` the versions of theraflow, Python and packages, and the git commit.

    Nothing in it changes from run to run, so that equal results are equal files.
    """
    return {**content, "versions": versions(packages), "git_commit": git_commit()}


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Name the versions of theraflow, Python and packages."""
    own = {"theraflow": __version__, "python": platform.python_version()}
    return own | {package: version(package) for package in packages}


def git_commit() -> str:
    """Return the repository's commit, with ``-dirty`` when tracked files have uncommitted edits.

    Returns "unknown" outside a git repository.
    """
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--abbrev=40", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
