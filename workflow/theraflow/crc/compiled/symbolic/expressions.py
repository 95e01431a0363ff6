"""Mathematical expressions as a graph in which equal parts are one node."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CONSTANT: Final = "constant"
SYMBOL: Final = "symbol"
_LARGEST_WRITTEN_OUT_POWER: Final = 16

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """An operation on earlier nodes; ``label`` is a constant's value or a symbol's name."""

    operation: str
    operands: tuple[int, ...] = ()
    label: float | str = ""


class ExpressionGraph:
    """Nodes in an order in which operands come first; a node is referred to by its index.

    Every method but the last two adds a node, unless there is an equal one, and returns its index.
    Constants are folded and neutral elements left out. Truth values are 1 and 0.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._index: dict[Node, int] = {}
        self.zero, self.one = self.constant(0.0), self.constant(1.0)

    def constant(self, value: float) -> int:
        """Hold a number."""
        return self._node(CONSTANT, (), float(value))

    def symbol(self, name: str) -> int:
        """Hold a value that is given with every evaluation."""
        return self._node(SYMBOL, (), name)

    def value(self, node: int) -> float | None:
        """Return the number that a node holds, None if it is not a constant."""
        found = self.nodes[node]
        return float(found.label) if found.operation == CONSTANT else None

    def add(self, left: int, right: int) -> int:
        """Add."""
        if left == self.zero:
            return right
        if right == self.zero:
            return left
        if self.nodes[right].operation == "negate":
            return self.subtract(left, self.nodes[right].operands[0])
        if self.nodes[left].operation == "negate":
            return self.subtract(right, self.nodes[left].operands[0])
        return self._folded("add", *sorted((left, right)))

    def subtract(self, left: int, right: int) -> int:
        """Subtract."""
        if right == self.zero:
            return left
        if left == self.zero:
            return self.negate(right)
        if left == right:
            return self.zero
        if self.nodes[right].operation == "negate":
            return self.add(left, self.nodes[right].operands[0])
        return self._folded("subtract", left, right)

    def negate(self, operand: int) -> int:
        """Change the sign."""
        found = self.nodes[operand]
        if found.operation == "negate":
            return found.operands[0]
        if found.operation == "subtract":
            return self.subtract(found.operands[1], found.operands[0])
        return self._folded("negate", operand)

    def multiply(self, left: int, right: int) -> int:
        """Multiply; zero times anything is zero."""
        if self.zero in (left, right):
            return self.zero
        if left == self.one:
            return right
        if right == self.one:
            return left
        for factor, other in ((left, right), (right, left)):
            if self.nodes[factor].operation == "negate":
                return self.negate(self.multiply(self.nodes[factor].operands[0], other))
            if self.value(factor) == -1:
                return self.negate(other)
        return self._folded("multiply", *sorted((left, right)))

    def divide(self, left: int, right: int) -> int:
        """Multiply by the reciprocal; zero divided by anything is zero."""
        return self.zero if left == self.zero else self.multiply(left, self.reciprocal(right))

    def reciprocal(self, operand: int) -> int:
        """Divide one; all quotients of one divisor share its reciprocal, as divisions are slow."""
        return self._folded("reciprocal", operand)

    def power(self, base: int, exponent: int) -> int:
        """Raise to a power; whole exponents become multiplications, halves a square root."""
        number = self.value(exponent)
        fixed_base = self.value(base)
        if number is None and fixed_base is not None and fixed_base > 0:
            return self.exponential(self.multiply(exponent, self.constant(math.log(fixed_base))))
        if number is None or fixed_base is not None:
            return self._folded("power", base, exponent)
        if number < 0:
            return self.reciprocal(self.power(base, self.constant(-number)))
        if number == 0.5:
            return self.root(base)
        if number != int(number) or number > _LARGEST_WRITTEN_OUT_POWER:
            return self._folded("power", base, exponent)
        result = self.one
        for digit in f"{int(number):b}":
            result = self.multiply(result, result)
            if digit == "1":
                result = self.multiply(result, base)
        return result

    def root(self, operand: int) -> int:
        """Take the square root."""
        return self._folded("root", operand)

    def exponential(self, operand: int) -> int:
        """Raise e to a power."""
        return self._folded("exponential", operand)

    def logarithm(self, operand: int) -> int:
        """Take the natural logarithm."""
        return self._folded("logarithm", operand)

    def smaller(self, left: int, right: int) -> int:
        """Take the smaller one."""
        return self._folded("smaller", left, right)

    def larger(self, left: int, right: int) -> int:
        """Take the larger one."""
        return self._folded("larger", left, right)

    def is_less(self, left: int, right: int) -> int:
        """Compare strictly."""
        return self._folded("is_less", left, right)

    def is_equal(self, left: int, right: int) -> int:
        """Compare exactly."""
        return self._folded("is_equal", left, right)

    def negation(self, condition: int) -> int:
        """Swap true and false."""
        return self.subtract(self.one, condition)

    def choose(self, condition: int, if_true: int, if_false: int) -> int:
        """Take one of two values."""
        if if_true == if_false:
            return if_true
        known = self.value(condition)
        if known is not None:
            return if_true if known else if_false
        return self._node("choose", (condition, if_true, if_false))

    def needed_for(self, outputs: Iterable[int]) -> list[int]:
        """List, in order, all nodes that ``outputs`` depend on, themselves included."""
        needed, waiting = set(), list(outputs)
        while waiting:
            node = waiting.pop()
            if node not in needed:
                needed.add(node)
                waiting.extend(self.nodes[node].operands)
        return sorted(needed)

    def symbols_of(self, outputs: Iterable[int]) -> set[str]:
        """Name the symbols that ``outputs`` depend on."""
        needed = (self.nodes[node] for node in self.needed_for(outputs))
        return {str(node.label) for node in needed if node.operation == SYMBOL}

    def evaluate(self, outputs: Sequence[int], symbols: Mapping[str, float]) -> Values:
        """Return the values of ``outputs``, shape (outputs,), slowly: for checks and constants."""
        values: dict[int, float] = {}
        for index in self.needed_for(outputs):
            node = self.nodes[index]
            if node.operation == CONSTANT:
                values[index] = float(node.label)
            elif node.operation == SYMBOL:
                values[index] = float(symbols[str(node.label)])
            else:
                operands = [values[operand] for operand in node.operands]
                values[index] = _apply(node.operation, operands)
        return np.array([values[output] for output in outputs])

    def _folded(self, operation: str, *operands: int) -> int:
        values = [self.value(operand) for operand in operands]
        numbers = [value for value in values if value is not None]
        if len(numbers) < len(operands):
            return self._node(operation, operands)
        return self.constant(_apply(operation, numbers))

    def _node(self, operation: str, operands: tuple[int, ...], label: float | str = "") -> int:
        node = Node(operation, operands, label)
        if node not in self._index:
            self._index[node] = len(self.nodes)
            self.nodes.append(node)
        return self._index[node]


def _apply(operation: str, operands: list[float]) -> float:
    first, last = operands[0], operands[-1]
    try:
        match operation:
            case "add":
                return first + last
            case "subtract":
                return first - last
            case "negate":
                return -first
            case "multiply":
                return first * last
            case "reciprocal":
                return 1 / first
            case "power":
                return math.pow(first, last)
            case "root":
                return math.sqrt(first)
            case "exponential":
                return math.exp(first)
            case "logarithm":
                return math.log(first)
            case "smaller":
                return min(first, last)
            case "larger":
                return max(first, last)
            case "is_less":
                return float(first < last)
            case "is_equal":
                return float(first == last)
            case _:
                return operands[1] if first else last
    except (ArithmeticError, ValueError):
        return math.nan
