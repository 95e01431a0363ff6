"""Fingerprints follow what code does: not its words, nor the version of Python that reads it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from theraflow.core.files import REPOSITORY
from theraflow.core.fingerprints import PackageCode, source_fingerprint
from theraflow.core.source.syntax import code_text

SOURCE = '''"""Module."""

class Cell:
    """A cell."""

    size = 1


def grow(cell):
    """Grow."""
    return cell.size + 1
'''


def test_comments_docstrings_and_formatting_do_not_count():
    rewritten = SOURCE.replace('"""Grow."""', '"""Grow a little."""\n    # why not').replace(
        "cell.size + 1", "(cell.size\n            + 1)"
    )
    assert code_text(rewritten) == code_text(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"), [("+ 1", "+ 2"), ("size = 1", "size = 1.0"), ("grow", "die")]
)
def test_code_counts(old, new):
    assert code_text(SOURCE.replace(old, new)) != code_text(SOURCE)


def test_fingerprints_tell_modules_apart_and_know_their_names():
    one, two = "theraflow.core.identity", "theraflow.core.files"
    assert source_fingerprint(one) != source_fingerprint(two)
    assert source_fingerprint(one, two) == source_fingerprint(two, one)
    assert source_fingerprint("theraflow.core") == source_fingerprint("theraflow.core", one)
    for name in ("theraflow.core.identiy", "os.path"):
        with pytest.raises(ModuleNotFoundError, match=name):
            source_fingerprint(name)


def test_a_fingerprint_covers_what_a_module_imports(tmp_path):
    cells = tmp_path / "theraflow" / "cells"
    cells.mkdir(parents=True)
    (tmp_path / "theraflow" / "core").mkdir()
    (tmp_path / "theraflow" / "core" / "errors.py").write_text("x = 1")
    (cells / "growth.py").write_text(
        "from theraflow.cells.death import rate\nfrom theraflow.core.errors import x"
    )
    (cells / "death.py").write_text("from theraflow.cells import clock")
    (cells / "clock.py").write_text("hours = 24")
    (cells / "other.py").write_text("y = 1")

    def fingerprint() -> str:
        return PackageCode(tmp_path / "theraflow").fingerprint("theraflow.cells.growth")

    before = fingerprint()
    for stranger in (cells / "other.py", tmp_path / "theraflow" / "core" / "errors.py"):
        stranger.write_text("y = 2")
        assert fingerprint() == before
    (cells / "clock.py").write_text("hours = 25")
    assert fingerprint() != before


WORDS = """
def check(cell, log):
    if cell.size < 0:
        raise ValueError(f"{cell.size} is negative")
    log.info("checked %s", cell)
    return cell
"""


def test_words_of_errors_and_logs_do_not_count():
    other = WORDS.replace("is negative", "cannot be").replace("checked", "looked at")
    assert other != WORDS
    assert code_text(other) == code_text(WORDS)


@pytest.mark.parametrize(("old", "new"), [("ValueError", "KeyError"), ("< 0", "<= 0")])
def test_the_class_and_the_condition_of_an_error_count(old, new):
    assert code_text(WORDS.replace(old, new)) != code_text(WORDS)


# Everything that versions of Python parse, print or dump in another way.
SYNTAX = REPOSITORY / "tests/data/syntax_of_every_kind.py"
GOLDEN = "b9321eafb057db77960c9f968efee6f9436b64964d4e799553ee1395b67ffdbc"
HASH = (
    "import hashlib, pathlib, sys; from theraflow.core.source.syntax import code_text; "
    "print(hashlib.sha256(code_text(pathlib.Path(sys.argv[1]).read_text()).encode()).hexdigest())"
)


def find_python(version: str) -> str:
    """Find an interpreter of a version, on the PATH or among those that pyenv has installed."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    installed = sorted(str(path) for path in root.glob(f"{version}.*/bin/python"))
    for python in [shutil.which(f"python{version}"), *installed]:
        if python and not subprocess.run([python, "-c", ""], capture_output=True).returncode:
            return python
    pytest.skip(f"no Python {version} at hand")


@pytest.mark.parametrize("version", ["this", "3.11", "3.12", "3.13"])
def test_every_version_of_python_gives_the_same_fingerprint(version):
    done = subprocess.run(
        [sys.executable if version == "this" else find_python(version), "-c", HASH, SYNTAX],
        env={"PYTHONPATH": str(REPOSITORY / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == GOLDEN
