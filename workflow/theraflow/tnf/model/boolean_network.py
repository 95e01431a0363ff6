"""Boolean networks in continuous time, read from MaBoSS's ``.bnd`` and ``.cfg`` files.

Each node carries two rate expressions over the other nodes; they are tabulated over all values of
the nodes that they read, so that an engine only looks rates up (Stoll et al., BMC Syst. Biol. 2012,
doi 10.1186/1752-0509-6-116).
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput
from numpy.typing import NDArray

from theraflow.core.errors import UserError

MAX_NODES = 62
MAX_INPUTS = 14

_EXPRESSIONS = r"""
    ?expression: disjunction | disjunction "?" expression ":" expression -> conditional
    ?disjunction: exclusion | disjunction ("|" | "||" | "OR") exclusion -> either
    ?exclusion: conjunction | exclusion ("^" | "XOR") conjunction -> one_of
    ?conjunction: comparison | conjunction ("&" | "&&" | "AND") comparison -> both
    ?comparison: sum | sum COMPARATOR sum -> compare
    ?sum: product | sum "+" product -> add | sum "-" product -> subtract
    ?product: unary | product "*" unary -> multiply | product "/" unary -> divide
    ?unary: atom | ("!" | "NOT") unary -> negation | "-" unary -> minus
    ?atom: NUMBER -> number | NAME -> node | "$" NAME -> variable | "@" NAME -> attribute
         | "(" expression ")"
    COMPARATOR: "==" | "!=" | "<=" | ">=" | "<" | ">"
    NAME: /(?!(?:AND|OR|XOR|NOT)\b)[A-Za-z_]\w*/
    %import common.NUMBER
    %import common.WS
    %import common.CPP_COMMENT
    %import common.C_COMMENT
    %ignore WS
    %ignore CPP_COMMENT
    %ignore C_COMMENT
"""

_NODES_GRAMMAR = (
    r"""
    start: block*
    block: ("Node" | "node") NAME "{" assignment* "}"
    assignment: NAME "=" expression ";"
"""
    + _EXPRESSIONS
)

_SETTINGS_GRAMMAR = (
    r"""
    start: (variable_setting | node_setting | start_distribution | run_setting)*
    variable_setting: "$" NAME "=" expression ";"
    node_setting: NAME "." NAME "=" expression ";"
    start_distribution: "[" NAME "]" "." "istate" "=" weighted ("," weighted)* ";"
    weighted: expression "[" NUMBER "]"
    run_setting: NAME "=" expression ";"
"""
    + _EXPRESSIONS
)

_NODES_PARSER = Lark(_NODES_GRAMMAR, parser="lalr")
_SETTINGS_PARSER = Lark(_SETTINGS_GRAMMAR, parser="lalr")


@dataclass(frozen=True)
class BooleanNetwork:
    """A network compiled to look-up tables; node ``i`` is bit ``i`` of a state.

    The rate at which node ``i`` flips is ``rates[rate_offset[i] + index]``, where bit 0 of
    ``index`` is the node's own value and bit ``1 + k`` that of ``inputs[i, k]``. Rates are per
    unit of network time.

    Shapes: ``start_probability``, ``rate_offset``, ``input_count``, ``dependent_count`` (n,);
    ``inputs`` and ``dependents`` (n, width), padded with -1.
    """

    nodes: tuple[str, ...]
    start_probability: NDArray[np.float64]
    rates: NDArray[np.float64]
    rate_offset: NDArray[np.int64]
    input_count: NDArray[np.int64]
    inputs: NDArray[np.int64]
    dependent_count: NDArray[np.int64]
    dependents: NDArray[np.int64]

    def index(self, node: str) -> int:
        """Bit of a node. Raises ``UserError`` for a name that the network does not have."""
        if node not in self.nodes:
            raise UserError(
                f"Boolean network: no node {node!r}; its nodes are {', '.join(self.nodes)}"
            )
        return self.nodes.index(node)


def load_boolean_network(network_file: Path, config_file: Path) -> BooleanNetwork:
    """Read a network from MaBoSS files.

    Raises ``UserError`` for a missing file, a syntax error (with its line), an unknown node or
    variable, a negative rate, a node without initial state or a network that is too large for the
    look-up tables.
    """
    blocks = _parse_nodes(network_file)
    variables, start_probability = _parse_settings(config_file, tuple(blocks))
    try:
        network = _compile(blocks, variables, start_probability, network_file)
    except RecursionError:
        raise UserError(f"{network_file}: an @attribute refers to itself; fix its node") from None
    unset = [
        node for node, start in zip(blocks, start_probability, strict=True) if math.isnan(start)
    ]
    if unset:
        raise UserError(f"{config_file}: no initial state of {', '.join(unset)}; give each .istate")
    return network


def _read(path: Path, parser: Lark) -> Tree[Token]:
    try:
        return parser.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot read the Boolean network ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text; give a file in MaBoSS's format") from None
    except UnexpectedInput as error:
        raise UserError(
            f"{path}: line {error.line}, column {error.column}: not MaBoSS syntax; fix this place"
        ) from None


def _parse_nodes(path: Path) -> dict[str, dict[str, Tree[Token]]]:
    blocks: dict[str, dict[str, Tree[Token]]] = {}
    for block in _read(path, _NODES_PARSER).children:
        assert isinstance(block, Tree)
        name, *assignments = block.children
        blocks[str(name)] = {
            str(assignment.children[0]): assignment.children[1]  # type: ignore[misc]
            for assignment in assignments
            if isinstance(assignment, Tree)
        }
    if not 0 < len(blocks) <= MAX_NODES:
        raise UserError(f"{path}: {len(blocks)} nodes; the engine takes 1 to {MAX_NODES}")
    return blocks


def _parse_settings(
    path: Path, nodes: tuple[str, ...]
) -> tuple[dict[str, float], NDArray[np.float64]]:
    variables: dict[str, float] = {}
    start_probability = np.full(len(nodes), np.nan)
    for statement in _read(path, _SETTINGS_PARSER).children:
        assert isinstance(statement, Tree)
        if statement.data == "variable_setting":
            name, expression = statement.children
            variables[str(name)] = _Evaluator(path, {}, variables, {}).value(expression)
        elif statement.data in ("node_setting", "start_distribution"):
            node = str(statement.children[0])
            if node not in nodes:
                raise UserError(f"{path}: {node!r} is not a node of the network; remove the line")
            evaluator = _Evaluator(path, {}, variables, {})
            if statement.data == "start_distribution":
                weights = {
                    int(weighted.children[1]): evaluator.value(weighted.children[0])  # type: ignore
                    for weighted in statement.children[1:]
                }
                total = sum(weights.values())
                start_probability[nodes.index(node)] = weights.get(1, 0.0) / total if total else -1
            elif statement.children[1] == "istate":
                start_probability[nodes.index(node)] = evaluator.value(statement.children[2])
    if np.any((start_probability < 0) | (start_probability > 1)):
        raise UserError(f"{path}: every istate must be a probability between 0 and 1")
    return variables, start_probability


def _compile(
    blocks: Mapping[str, Mapping[str, Tree[Token]]],
    variables: Mapping[str, float],
    start_probability: NDArray[np.float64],
    path: Path,
) -> BooleanNetwork:
    nodes = tuple(blocks)
    tables: list[NDArray[np.float64]] = []
    inputs: list[list[int]] = []
    for node, attributes in blocks.items():
        read = _nodes_read(attributes)
        for name in read:
            if name not in nodes:
                raise UserError(f"{path}: node {node!r} reads the unknown node {name!r}")
        if len(read) > MAX_INPUTS:
            raise UserError(f"{path}: node {node!r} reads {len(read)} nodes; at most {MAX_INPUTS}")
        inputs.append([nodes.index(name) for name in read])
        tables.append(_flip_rates(node, attributes, read, variables, path))
    dependents = [
        [other for other, reads in enumerate(inputs) if node in reads or node == other]
        for node in range(len(nodes))
    ]
    sizes = [len(table) for table in tables]
    return BooleanNetwork(
        nodes=nodes,
        start_probability=start_probability,
        rates=np.concatenate(tables),
        rate_offset=np.cumsum([0, *sizes[:-1]], dtype=np.int64),
        input_count=np.array([len(reads) for reads in inputs], dtype=np.int64),
        inputs=_padded(inputs),
        dependent_count=np.array([len(others) for others in dependents], dtype=np.int64),
        dependents=_padded(dependents),
    )


def _flip_rates(
    node: str,
    attributes: Mapping[str, Tree[Token]],
    read: list[str],
    variables: Mapping[str, float],
    path: Path,
) -> NDArray[np.float64]:
    rates = np.zeros(2 ** (1 + len(read)))
    for index in range(len(rates)):
        own = index & 1
        values = {name: float(index >> (1 + bit) & 1) for bit, name in enumerate(read)}
        evaluator = _Evaluator(path, values, variables, attributes)
        rates[index] = evaluator.flip_rate(node, own)
    if np.any(rates < 0) or not np.all(np.isfinite(rates)):
        raise UserError(f"{path}: node {node!r} has a rate that is negative or not finite")
    return rates


def _nodes_read(attributes: Mapping[str, Tree[Token]]) -> list[str]:
    names = (
        str(tree.children[0])
        for expression in attributes.values()
        for tree in expression.find_data("node")
    )
    return list(dict.fromkeys(names))


def _padded(rows: list[list[int]]) -> NDArray[np.int64]:
    columns = itertools.zip_longest(*rows, fillvalue=-1)
    table = np.array(list(columns), dtype=np.int64).T
    return np.ascontiguousarray(table.reshape(len(rows), -1))


class _Evaluator:
    """Values of expressions for one assignment of node values."""

    def __init__(
        self,
        path: Path,
        node_values: Mapping[str, float],
        variables: Mapping[str, float],
        attributes: Mapping[str, Tree[Token]],
    ) -> None:
        self._path = path
        self._node_values = node_values
        self._variables = variables
        self._attributes = attributes

    def flip_rate(self, node: str, own_value: int) -> float:
        attribute = "rate_down" if own_value else "rate_up"
        if attribute in self._attributes:
            return self.value(self._attributes[attribute])
        if "logic" in self._attributes:
            return float(bool(self.value(self._attributes["logic"])) != bool(own_value))
        raise UserError(f"{self._path}: node {node!r} has neither {attribute} nor logic")

    def value(self, expression: Tree[Token] | Token) -> float:
        assert isinstance(expression, Tree)
        operation = str(expression.data)
        match operation:
            case "number":
                return float(str(expression.children[0]))
            case "node" | "variable" | "attribute":
                return self._named(operation, str(expression.children[0]))
            case "conditional":
                condition, if_true, if_false = expression.children
                return self.value(if_true if self.value(condition) else if_false)
            case "compare":
                left, comparator, right = expression.children
                return _COMPARISONS[str(comparator)](self.value(left), self.value(right))
            case _:
                return _OPERATIONS[operation](*map(self.value, expression.children))

    def _named(self, kind: str, name: str) -> float:
        if kind == "attribute":
            if name not in self._attributes:
                raise UserError(f"{self._path}: @{name} is not defined in its node")
            return self.value(self._attributes[name])
        values = self._node_values if kind == "node" else self._variables
        if name not in values:
            prefix = "$" if kind == "variable" else ""
            raise UserError(f"{self._path}: {prefix}{name} has no value; define it before its use")
        return values[name]


_OPERATIONS: Final[Mapping[str, Callable[..., float]]] = {
    "either": lambda a, b: float(bool(a) or bool(b)),
    "one_of": lambda a, b: float(bool(a) != bool(b)),
    "both": lambda a, b: float(bool(a) and bool(b)),
    "negation": lambda a: float(not a),
    "minus": lambda a: -a,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b if b else math.inf,
}

_COMPARISONS: Final[Mapping[str, Callable[[float, float], float]]] = {
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<=": lambda a, b: float(a <= b),
    ">=": lambda a, b: float(a >= b),
    "<": lambda a, b: float(a < b),
    ">": lambda a, b: float(a > b),
}
