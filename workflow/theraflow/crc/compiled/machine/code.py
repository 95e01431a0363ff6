"""Expressions of a graph and sparse elimination as LLVM code."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from theraflow.crc.compiled.machine.lanes import LaneBuilder
from theraflow.crc.compiled.symbolic.elimination import Elimination
from theraflow.crc.compiled.symbolic.expressions import CONSTANT, ExpressionGraph


class ExpressionWriter:
    """Writes expressions into a function, each node once and as late as possible.

    ``given`` tells how to read the nodes whose values are in memory.
    """

    def __init__(
        self,
        graph: ExpressionGraph,
        lanes: LaneBuilder,
        given: Mapping[int, Callable[[], Any]],
        outputs: Iterable[int],
    ) -> None:
        self._graph = graph
        self._lanes = lanes
        self._given = given
        self._written: dict[int, Any] = {}
        outputs = set(outputs)
        self._uses = Counter(
            operand
            for node in inner_nodes(graph, outputs, given)
            for operand in graph.nodes[node].operands
        )
        self._uses.update(outputs)

    def value(self, output: int) -> Any:
        """Return the value of a node, written if it was not yet."""
        waiting = [output]
        while waiting:
            index = waiting[-1]
            missing = [operand for operand in self._operands(index) if operand not in self._written]
            if index not in self._written and missing:
                waiting.extend(reversed(missing))
                continue
            waiting.pop()
            if index not in self._written:
                self._written[index] = self._write(index)
        return self._written[output]

    def _operands(self, index: int) -> Sequence[int]:
        """List what must be written first; a product that fuses is written with its sum."""
        if index in self._given or index in self._written:
            return ()
        operands = self._graph.nodes[index].operands
        product = self._fused_product(index)
        if product is None:
            return operands
        others = [operand for operand in operands if operand != product]
        return (*self._graph.nodes[product].operands, *others)

    def _fused_product(self, index: int) -> int | None:
        node = self._graph.nodes[index]
        if node.operation not in ("add", "subtract") or node.operands[0] == node.operands[1]:
            return None
        for operand in node.operands:
            is_product = self._graph.nodes[operand].operation == "multiply"
            if is_product and self._uses[operand] == 1 and operand not in self._given:
                return operand
        return None

    def _write(self, index: int) -> Any:
        if index in self._given:
            return self._given[index]()
        node, lanes = self._graph.nodes[index], self._lanes
        if node.operation == CONSTANT:
            return lanes.number(float(node.label))
        product = self._fused_product(index)
        if product is not None:
            return self._write_fused(index, product)
        values = [self._written[operand] for operand in node.operands]
        match node.operation:
            case "add":
                return lanes.builder.fadd(*values)
            case "subtract":
                return lanes.builder.fsub(*values)
            case "multiply":
                return lanes.builder.fmul(*values)
            case "is_less":
                return self._truth("olt", *values)
            case "is_equal":
                return self._truth("oeq", *values)
            case "choose":
                condition, if_true, if_false = values
                return lanes.choose_if("une", condition, lanes.number(0.0), if_true, if_false)
            case operation:
                return getattr(lanes, operation)(*values)

    def _truth(self, relation: str, left: Any, right: Any) -> Any:
        lanes = self._lanes
        return lanes.choose_if(relation, left, right, lanes.number(1.0), lanes.number(0.0))

    def _write_fused(self, index: int, product: int) -> Any:
        node, lanes = self._graph.nodes[index], self._lanes
        left, right = (self._written[item] for item in self._graph.nodes[product].operands)
        first, last = node.operands
        other = self._written[last if product == first else first]
        if node.operation == "subtract" and product == first:
            other = lanes.negate(other)
        elif node.operation == "subtract":
            left = lanes.negate(left)
        return lanes.multiply_add(left, right, other)


def inner_nodes(
    graph: ExpressionGraph, outputs: Iterable[int], given: Collection[int]
) -> list[int]:
    """List, in order, what must be computed for ``outputs`` when ``given`` nodes are known."""
    needed: set[int] = set()
    waiting = list(outputs)
    while waiting:
        node = waiting.pop()
        if node not in needed and node not in given:
            needed.add(node)
            waiting.extend(graph.nodes[node].operands)
    return sorted(needed)


def write_factorisation(
    lanes: LaneBuilder,
    plan: Elimination,
    entry: Callable[[int, int], Any],
    factors: Any,
) -> None:
    """Write L, U and the reciprocal pivots of a matrix to ``factors``, row by row.

    ``entry`` returns a matrix entry by the places of its row and column, None for zero.
    """
    places = factor_places(plan)
    for row, (lower, upper) in enumerate(zip(plan.lower, plan.upper, strict=True)):
        values = {
            column: entry(plan.order[row], plan.order[column]) for column in (*lower, row, *upper)
        }
        for pivot in lower:
            inverse = lanes.load(factors, places[pivot, pivot])
            values[pivot] = lanes.builder.fmul(values[pivot], inverse)
            lanes.store(values[pivot], factors, places[row, pivot])
            negative = lanes.negate(values[pivot])
            for column in plan.upper[pivot]:
                above = lanes.load(factors, places[pivot, column])
                known = values[column]
                values[column] = (
                    lanes.builder.fmul(negative, above)
                    if known is None
                    else lanes.multiply_add(negative, above, known)
                )
        lanes.store(lanes.reciprocal(values[row]), factors, places[row, row])
        for column in upper:
            lanes.store(values[column], factors, places[row, column])


def write_solution(
    lanes: LaneBuilder,
    plan: Elimination,
    right_side: Callable[[int], Any],
    factors: Any,
    solution: Any,
) -> None:
    """Solve L U x = b: ``right_side`` returns b, and x is written to ``solution``."""
    places = factor_places(plan)
    values: list[Any] = []
    for row, lower in enumerate(plan.lower):
        value = right_side(plan.order[row])
        for column in lower:
            factor = lanes.negate(lanes.load(factors, places[row, column]))
            value = lanes.multiply_add(factor, values[column], value)
        values.append(value)
    for row in reversed(range(len(plan.order))):
        for column in plan.upper[row]:
            factor = lanes.negate(lanes.load(factors, places[row, column]))
            values[row] = lanes.multiply_add(factor, values[column], values[row])
        inverse = lanes.load(factors, places[row, row])
        values[row] = lanes.builder.fmul(values[row], inverse)
        lanes.store(values[row], solution, plan.order[row])


def factor_places(plan: Elimination) -> dict[tuple[int, int], int]:
    """Return the place of every value of L and U, in the order in which they are written."""
    return {
        place: index
        for index, place in enumerate(
            (row, column)
            for row, (lower, upper) in enumerate(zip(plan.lower, plan.upper, strict=True))
            for column in (*lower, row, *upper)
        )
    }
