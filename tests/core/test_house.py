"""The layout of the package: imports point downwards, studies stay apart, folders stay small."""

import ast
from pathlib import Path

import pytest

from theraflow.core.fingerprints import PACKAGE_FOLDER

# Packages of one floor do not import each other.
FLOORS = {
    "core": 0,
    "work": 1,
    "config": 2,
    "stats": 2,
    "search": 3,
    "tnf": 4,
    "crc": 4,
    "report": 5,
    "cli": 6,
}
LONGEST_FILE_LINES = 400
MOST_FILES_OF_A_ROOM = 12

MODULES = sorted(PACKAGE_FOLDER.rglob("*.py"))


def package_of(file: Path) -> str:
    return file.relative_to(PACKAGE_FOLDER).parts[0].removesuffix(".py")


def imported_packages(file: Path) -> set[str]:
    """Name the packages of theraflow that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("theraflow.")}


@pytest.mark.parametrize("package", FLOORS)
def test_imports_point_downwards(package):
    upwards = {
        f"{file.relative_to(PACKAGE_FOLDER)} imports {other}"
        for file in MODULES
        if package_of(file) == package
        for other in imported_packages(file) - {package}
        if FLOORS[other] >= FLOORS[package]
    }
    assert not upwards


def test_every_package_has_a_floor():
    packages = {package_of(file) for file in MODULES} - {"__init__"}
    assert packages <= set(FLOORS)


def test_files_are_short_and_rooms_are_small():
    long = [
        str(file.relative_to(PACKAGE_FOLDER))
        for file in MODULES
        if len(file.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE_LINES
    ]
    assert not long
    sizes = {folder: len(list(folder.glob("*.py"))) for folder in {it.parent for it in MODULES}}
    assert not [str(folder) for folder, size in sizes.items() if size > MOST_FILES_OF_A_ROOM]
