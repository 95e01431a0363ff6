"""Fingerprints of code: what decides a result, told without importing it."""

from pathlib import Path
from typing import Final

from theraflow.core.identity import content_hash
from theraflow.core.source.memory import SourceMemory
from theraflow.core.source.syntax import SourceFacts

PACKAGE_FOLDER: Final = Path(__file__).resolve().parents[1]

# What words, stores and schedules results, but decides none: the settings that a config gives are
# hashed by their values, and seeds are part of what they seed.
UNDECIDING: Final = frozenset({"cli", "config", "core", "report", "work"})
_TABLES: Final = "tables.py"


class PackageCode:
    """The code of a package; files are named relative to its folder, and each is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory = SourceMemory()
        self._facts: dict[str, SourceFacts] = {}
        self._modules: dict[str, str | None] = {}
        self._deciding: dict[tuple[str, ...], frozenset[str]] = {}

    def fingerprint(self, *modules: str) -> str:
        """Hash the code of modules, and of all that they import, as ``source_fingerprint`` says."""
        return content_hash({file: self.code_hash(file) for file in self.deciding_files(*modules)})

    def deciding_files(self, *modules: str) -> frozenset[str]:
        """List the files that a fingerprint hashes."""
        if modules not in self._deciding:
            self._deciding[modules] = self._find_deciding_files(modules)
            self._memory.keep()
        return self._deciding[modules]

    def imported_files(self, file: str) -> frozenset[str]:
        """Find the modules of the package that a file imports, at its top or later."""
        imported = map(self._module_file, self._read(file).imports)
        return frozenset(other for other in imported if other is not None)

    def code_hash(self, file: str) -> str:
        """Hash the code of one file."""
        return self._read(file).code_hash

    def _find_deciding_files(self, modules: tuple[str, ...]) -> frozenset[str]:
        found, unread = set[str](), {file for name in modules for file in self._files_of(name)}
        while unread:
            file = unread.pop()
            found.add(file)
            unread |= {other for other in self.imported_files(file) if _decides(other)} - found
        return frozenset(found)

    def _files_of(self, module: str) -> list[str]:
        package, *names = module.split(".")
        location = self._folder.joinpath(*names)
        if package == self._folder.name and location.is_dir():
            return [str(file.relative_to(self._folder)) for file in location.rglob("*.py")]
        file = self._module_file(module)
        if file is None:
            raise ModuleNotFoundError(f"{module} is no module of theraflow", name=module)
        return [file]

    def _module_file(self, module: str) -> str | None:
        """Name the file of a module, if the package has one of that name."""
        if module not in self._modules:
            package, _, name = module.partition(".")
            file = f"{name.replace('.', '/')}.py"
            is_module = package == self._folder.name and (self._folder / file).is_file()
            self._modules[module] = file if is_module else None
        return self._modules[module]

    def _read(self, file: str) -> SourceFacts:
        if file not in self._facts:
            self._facts[file] = self._memory.facts((self._folder / file).read_bytes())
        return self._facts[file]


THERAFLOW: Final = PackageCode(PACKAGE_FOLDER)


def source_fingerprint(*modules: str) -> str:
    """Hash the code of modules, and of all that they import from theraflow.

    Nothing is imported. What does not count: the packages ``UNDECIDING``, unless a module of theirs
    is named, and modules ``tables``; comments, docstrings and formatting; what functions say of
    their types; the words of errors and log messages. It is the same in every version of Python.
    A package stands for all of its modules. Raises ``ModuleNotFoundError`` for a name that is not
    part of theraflow.
    """
    return THERAFLOW.fingerprint(*modules)


def _decides(file: str) -> bool:
    parts = Path(file).parts
    return parts[0] not in UNDECIDING and parts[-1] != _TABLES
