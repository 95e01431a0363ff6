"""What made a result: code fingerprints, versions and the git commit."""

import ast
import hashlib
import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from theraflow import __version__
from theraflow.campaign.files import REPOSITORY
from theraflow.campaign.identity import content_hash

PACKAGE_FOLDER: Final = Path(__file__).resolve().parents[1]
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def source_fingerprint(*modules: str) -> str:
    """Hash the code of modules, and of what they import from their own package.

    Nothing is imported. Comments, docstrings and formatting do not count, so that editing them
    re-runs nothing. A package stands for all of its modules. Raises ``ModuleNotFoundError`` for a
    name that is not part of theraflow.
    """
    files: set[Path] = set()
    unread = [file for module in modules for file in _source_files(module)]
    while unread:
        file = unread.pop()
        if file not in files:
            files.add(file)
            unread += _imports_within_package(file)
    return content_hash({str(file.relative_to(PACKAGE_FOLDER)): _code_hash(file) for file in files})


def code_text(source: str) -> str:
    """Normalise Python source: no comments, no docstrings, one formatting."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def provenance(content: Mapping[str, Any], packages: Iterable[str]) -> dict[str, Any]:
    """Add to ``content`` the versions of theraflow, Python and packages, and the git commit.

    Nothing in it changes from run to run, so that equal results are equal files.
    """
    own = {"theraflow": __version__, "python": platform.python_version()}
    return {
        **content,
        "versions": own | {package: version(package) for package in packages},
        "git_commit": git_commit(),
    }


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


def _source_files(module: str) -> list[Path]:
    package, *names = module.split(".")
    location = PACKAGE_FOLDER.joinpath(*names)
    if package == PACKAGE_FOLDER.name and location.is_dir():
        return sorted(location.rglob("*.py"))
    if package == PACKAGE_FOLDER.name and location.with_suffix(".py").is_file():
        return [location.with_suffix(".py")]
    raise ModuleNotFoundError(f"{module} is no module of theraflow", name=module)


@cache
def _imports_within_package(file: Path) -> list[Path]:
    package = ".".join((PACKAGE_FOLDER.name, *file.parent.relative_to(PACKAGE_FOLDER).parts))
    imported: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            imported.add(node.module.removeprefix(f"{package}."))
    return [path for name in sorted(imported) if (path := file.parent / f"{name}.py").is_file()]


@cache
def _code_hash(file: Path) -> str:
    return hashlib.sha256(code_text(file.read_text(encoding="utf-8")).encode()).hexdigest()
