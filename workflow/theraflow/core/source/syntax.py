"""The syntax tree of Python source: as text that tells only what the code does, and its imports."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_DOCUMENTED: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_LOGGERS: Final = frozenset({"log", "_log", "logging", "warnings"})


@dataclass(frozen=True)
class SourceFacts:
    """What counts of a source file: the hash of its code, and names that it may import.

    Of ``from a import b`` both ``a`` and ``a.b`` are listed, as ``b`` may be a module.
    """

    code_hash: str
    imports: tuple[str, ...]


def read_source(source: str) -> SourceFacts:
    """Parse Python source."""
    tree = ast.parse(source)
    code_hash = hashlib.sha256(_text_of_tree(tree).encode()).hexdigest()
    return SourceFacts(code_hash, tuple(sorted(_names_imported(tree))))


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


def _names_imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


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
