"""Fingerprints of code: what decides a result, told without importing it."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from theraflow.core.identity import content_hash

PACKAGE_FOLDER: Final = Path(__file__).resolve().parents[1]

# What words, stores and schedules results, but decides none: the settings that a config gives are
# hashed by their values, and seeds are part of what they seed.
UNDECIDING: Final = frozenset({"cli", "config", "core", "report", "work"})
_TABLES: Final = "tables"

_DOCUMENTED: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_LOGGERS: Final = frozenset({"log", "_log", "logging", "warnings"})


def source_fingerprint(*modules: str) -> str:
    """Hash the code of modules, and of all that they import from theraflow.

    Nothing is imported. What does not count: the packages ``UNDECIDING``, unless a module of theirs
    is named, and modules ``tables``; comments, docstrings and formatting; what functions say of
    their types; the words of errors and log messages. It is the same in every version of Python.
    A package stands for all of its modules. Raises ``ModuleNotFoundError`` for a name that is not
    part of theraflow.
    """
    named = {file for module in modules for file in _source_files(module)}
    found, unread = set[Path](), set(named)
    while unread:
        file = unread.pop()
        found.add(file)
        unread |= {other for other in _imported_files(file) if _decides(other)} - found
    return content_hash({str(file.relative_to(PACKAGE_FOLDER)): _code_hash(file) for file in found})


def code_text(source: str) -> str:
    """Write the syntax tree of Python source as text that tells only what the code does.

    Unlike ``ast.unparse`` and ``ast.dump`` it does not change with Python's version: empty fields,
    as newer versions add them, are left out.
    """
    return _text_of_tree(ast.parse(source))


def _text_of_tree(tree: ast.AST) -> str:
    words: list[str] = []
    _write(tree, words)
    return "".join(words)


def _write(node: object, words: list[str]) -> None:
    if isinstance(node, ast.AST):
        words.append(f"({type(node).__name__}")
        for name, value in _counted_fields(node):
            words.append(f" {name}=")
            _write(value, words)
        words.append(")")
    elif isinstance(node, list):
        words.append("[")
        for item in node:
            if not _is_log_message(item):
                _write(item, words)
        words.append("]")
    else:
        words.append(repr(node))


def _counted_fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Yield the fields of a node that decide what it does."""
    for name, value in ast.iter_fields(node):
        if name in {"returns", "type_comment", "kind", "ctx"}:
            continue
        if name == "annotation" and isinstance(node, ast.arg):
            continue
        if name == "body" and isinstance(node, _DOCUMENTED):
            is_documented = ast.get_docstring(node, clean=False) is not None
            value = value[1:] if is_documented else value
        if isinstance(node, ast.Raise) and name == "exc":
            value = _without_words(value)
        if value is not None and value != []:
            yield name, value


def _without_words(error: ast.expr | None) -> ast.expr | None:
    """Reduce an exception to its class and to what is no text in it, as an outcome's class."""
    if not isinstance(error, ast.Call):
        return error
    plain: list[ast.expr] = [
        argument
        for argument in error.args
        if isinstance(argument, ast.Attribute | ast.Name | ast.Starred)
    ]
    return ast.Call(error.func, plain, [])


def _is_log_message(statement: object) -> bool:
    """Tell a statement that only writes to a log."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    function = statement.value.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in _LOGGERS
    )


def _source_files(module: str) -> list[Path]:
    package, *names = module.split(".")
    location = PACKAGE_FOLDER.joinpath(*names)
    if package == PACKAGE_FOLDER.name and location.is_dir():
        return sorted(location.rglob("*.py"))
    if package == PACKAGE_FOLDER.name and location.with_suffix(".py").is_file():
        return [location.with_suffix(".py")]
    raise ModuleNotFoundError(f"{module} is no module of theraflow", name=module)


def _decides(file: Path) -> bool:
    return file.relative_to(PACKAGE_FOLDER).parts[0] not in UNDECIDING and file.stem != _TABLES


def _imported_files(file: Path) -> frozenset[Path]:
    """Find the modules of theraflow that a file imports, at its top or later."""
    return _content(file)[1]


def _code_hash(file: Path) -> str:
    return _content(file)[0]


@cache
def _content(file: Path) -> tuple[str, frozenset[Path]]:
    """Read a file once: the hash of its code, and the modules of theraflow that it imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return hashlib.sha256(_text_of_tree(tree).encode()).hexdigest(), _modules_imported(tree)


def _modules_imported(tree: ast.AST) -> frozenset[Path]:
    names: set[str] = set()
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    candidates = (
        PACKAGE_FOLDER.joinpath(*name.split(".")[1:]).with_suffix(".py")
        for name in names
        if name.split(".")[0] == PACKAGE_FOLDER.name and "." in name
    )
    return frozenset(candidate for candidate in candidates if candidate.is_file())


def _executed(tree: ast.AST) -> Iterable[ast.AST]:
    """Yield all statements but those that only a type checker reads."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _is_type_checking(node.test):
            waiting += node.orelse
        else:
            children = ast.iter_child_nodes(node)
            waiting += [child for child in children if not isinstance(child, ast.expr)]


def _is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
