"""SBML formulas as nodes of an expression graph."""

import math
from collections.abc import Callable, Mapping
from typing import Final

import libsbml

from theraflow.core.errors import UserError
from theraflow.crc.compiled.symbolic.expressions import ExpressionGraph

Resolve = Callable[[str], int]

_RELATIONS: Final = {
    libsbml.AST_RELATIONAL_LT,
    libsbml.AST_RELATIONAL_LEQ,
    libsbml.AST_RELATIONAL_GT,
    libsbml.AST_RELATIONAL_GEQ,
    libsbml.AST_RELATIONAL_EQ,
    libsbml.AST_RELATIONAL_NEQ,
}
_NUMBERS: Final = {
    libsbml.AST_CONSTANT_PI: math.pi,
    libsbml.AST_CONSTANT_E: math.e,
    libsbml.AST_CONSTANT_TRUE: 1.0,
    libsbml.AST_CONSTANT_FALSE: 0.0,
}


class FormulaReader:
    """Adds formulas to a graph; ``functions`` are the model's function definitions by name."""

    def __init__(
        self, graph: ExpressionGraph, functions: Mapping[str, libsbml.FunctionDefinition]
    ) -> None:
        self._graph = graph
        self._functions = functions

    def read(self, formula: libsbml.ASTNode, resolve: Resolve, place: str) -> int:
        """Return the node of a formula whose identifiers ``resolve`` turns into nodes.

        Raises ``UserError`` naming ``place`` and the construct that cannot be compiled.
        """
        kind = formula.getType()
        if formula.isNumber():
            return self._graph.constant(formula.getValue())
        if kind in _NUMBERS:
            return self._graph.constant(_NUMBERS[kind])
        if kind == libsbml.AST_NAME:
            return resolve(formula.getName())
        if kind == libsbml.AST_FUNCTION:
            return self._call(formula, resolve, place)
        operands = [
            self.read(formula.getChild(index), resolve, place)
            for index in range(formula.getNumChildren())
        ]
        node = self._arithmetic(kind, operands)
        if node is None:
            node = self._function(kind, operands)
        if node is None:
            node = self._logic(kind, operands)
        if node is None:
            construct = formula.getName() or libsbml.formulaToL3String(formula)
            raise UserError(
                f"{place}: '{construct}' cannot be compiled; write it with + - * / ^ root, exp, "
                "ln, min, max and piecewise, or evaluate with COPASI"
            )
        return node

    def _arithmetic(self, kind: int, operands: list[int]) -> int | None:
        graph = self._graph
        if kind == libsbml.AST_PLUS:
            return self._combined(graph.add, operands, graph.zero)
        if kind == libsbml.AST_TIMES:
            return self._combined(graph.multiply, operands, graph.one)
        if kind == libsbml.AST_MINUS:
            return graph.negate(operands[0]) if len(operands) == 1 else graph.subtract(*operands)
        if kind == libsbml.AST_DIVIDE:
            return graph.divide(*operands)
        if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
            return graph.power(*operands)
        return None

    def _function(self, kind: int, operands: list[int]) -> int | None:
        graph = self._graph
        if kind == libsbml.AST_FUNCTION_ROOT:
            degree = graph.constant(2) if len(operands) == 1 else operands[0]
            return graph.power(operands[-1], graph.divide(graph.one, degree))
        if kind == libsbml.AST_FUNCTION_EXP:
            return graph.exponential(*operands)
        if kind == libsbml.AST_FUNCTION_LN:
            return graph.logarithm(*operands)
        if kind == libsbml.AST_FUNCTION_LOG:
            base = graph.constant(10) if len(operands) == 1 else operands[0]
            return graph.divide(graph.logarithm(operands[-1]), graph.logarithm(base))
        if kind == libsbml.AST_FUNCTION_ABS:
            return graph.larger(operands[0], graph.negate(operands[0]))
        if kind in (libsbml.AST_FUNCTION_MIN, libsbml.AST_FUNCTION_MAX):
            combine = graph.smaller if kind == libsbml.AST_FUNCTION_MIN else graph.larger
            return self._combined(combine, operands[1:], operands[0])
        return None

    def _logic(self, kind: int, operands: list[int]) -> int | None:
        graph = self._graph
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            result = operands[-1] if len(operands) % 2 else graph.constant(math.nan)
            for index in reversed(range(0, len(operands) - 1, 2)):
                result = graph.choose(operands[index + 1], operands[index], result)
            return result
        if kind in _RELATIONS and len(operands) == 2:
            return self._relation(kind, *operands)
        if kind == libsbml.AST_LOGICAL_AND:
            return self._combined(graph.smaller, operands, graph.one)
        if kind == libsbml.AST_LOGICAL_OR:
            return self._combined(graph.larger, operands, graph.zero)
        if kind == libsbml.AST_LOGICAL_NOT:
            return graph.negation(*operands)
        return None

    def _relation(self, kind: int, left: int, right: int) -> int:
        graph = self._graph
        if kind == libsbml.AST_RELATIONAL_LT:
            return graph.is_less(left, right)
        if kind == libsbml.AST_RELATIONAL_GT:
            return graph.is_less(right, left)
        if kind == libsbml.AST_RELATIONAL_LEQ:
            return graph.negation(graph.is_less(right, left))
        if kind == libsbml.AST_RELATIONAL_GEQ:
            return graph.negation(graph.is_less(left, right))
        equal = graph.is_equal(left, right)
        return equal if kind == libsbml.AST_RELATIONAL_EQ else graph.negation(equal)

    def _call(self, formula: libsbml.ASTNode, resolve: Resolve, place: str) -> int:
        name = formula.getName()
        if name not in self._functions:
            raise UserError(f"{place}: the model defines no function '{name}'; add its definition")
        definition = self._functions[name]
        arguments = {
            definition.getArgument(index).getName(): self.read(
                formula.getChild(index), resolve, place
            )
            for index in range(definition.getNumArguments())
        }
        return self.read(definition.getBody(), arguments.__getitem__, name)

    @staticmethod
    def _combined(combine: Callable[[int, int], int], operands: list[int], start: int) -> int:
        result = start
        for operand in operands:
            result = combine(result, operand)
        return result
