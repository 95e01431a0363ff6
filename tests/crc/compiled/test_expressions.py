"""Formulas become graphs that mean the same, and their derivatives are exact."""

import math

import libsbml
import numpy as np
import pytest

from theraflow.core.errors import UserError
from theraflow.crc.compiled.symbolic.differentiation import jacobian
from theraflow.crc.compiled.symbolic.elimination import plan_elimination
from theraflow.crc.compiled.symbolic.expressions import ExpressionGraph
from theraflow.crc.compiled.symbolic.formulas import FormulaReader

VALUES = {"x": 0.7, "y": 2.3, "z": -1.1}
MEANINGS = {
    "x + y*z - x/y": 0.7 + 2.3 * -1.1 - 0.7 / 2.3,
    "-(x - y) - -z": 2.3 - 0.7 - 1.1,
    "x^3 + y^-2 + z^4": 0.7**3 + 2.3**-2 + 1.1**4,
    "x^y + y^x + 2^z": 0.7**2.3 + 2.3**0.7 + 2**-1.1,
    "x^0.5 + sqrt(y) + root(3, y)": math.sqrt(0.7) + math.sqrt(2.3) + 2.3 ** (1 / 3),
    "exp(z) + ln(y) + log10(y) + log(2, y)": math.exp(-1.1)
    + math.log(2.3)
    + math.log10(2.3)
    + math.log2(2.3),
    "abs(z)*min(x, y, z)*max(x, y, z)": 1.1 * -1.1 * 2.3,
    "piecewise(x, x > y, y, z < 0, 1)": 2.3,
    "piecewise(x, x >= y || z >= 0, y, x == y && z != 0, 7)": 7.0,
    "piecewise(x, !(x <= y), 5)": 5.0,
    "saturation(x + y, 2)*pi": 3.0 / 5.0 * math.pi,
}


def reader(graph: ExpressionGraph) -> FormulaReader:
    document = libsbml.SBMLDocument(3, 2)
    definition = document.createModel().createFunctionDefinition()
    definition.setId("saturation")
    definition.setMath(libsbml.parseL3Formula("lambda(a, b, a/(a + b))"))
    return FormulaReader(graph, {"saturation": definition.clone()})


def node_of(graph: ExpressionGraph, formula: str) -> int:
    parsed = libsbml.parseL3Formula(formula)
    return reader(graph).read(parsed, graph.symbol, "here")


@pytest.mark.parametrize("formula", MEANINGS)
def test_a_formula_means_what_it_says(formula: str) -> None:
    graph = ExpressionGraph()
    value = graph.evaluate([node_of(graph, formula)], VALUES)[0]
    assert value == pytest.approx(MEANINGS[formula], rel=1e-14)


@pytest.mark.parametrize("formula", MEANINGS)
def test_derivatives_equal_central_differences(formula: str) -> None:
    graph = ExpressionGraph()
    node, names = node_of(graph, formula), list(VALUES)
    entries = jacobian(graph, [node], names)
    for column, name in enumerate(names):
        shift = 1e-6
        above = graph.evaluate([node], VALUES | {name: VALUES[name] + shift})[0]
        below = graph.evaluate([node], VALUES | {name: VALUES[name] - shift})[0]
        entry = entries.get((0, column))
        derivative = 0.0 if entry is None else graph.evaluate([entry], VALUES)[0]
        assert derivative == pytest.approx((above - below) / (2 * shift), rel=1e-7, abs=1e-8)


def test_equal_parts_are_one_node_and_numbers_are_folded() -> None:
    graph = ExpressionGraph()
    assert node_of(graph, "x*y + z") == node_of(graph, "z + y*x")
    assert node_of(graph, "0*x + 1*y + (2 - 2)") == graph.symbol("y")
    assert graph.value(node_of(graph, "2*3 + exp(0)")) == 7
    quotients = graph.needed_for([node_of(graph, "x/y + z/y")])
    assert [graph.nodes[node].operation for node in quotients].count("reciprocal") == 1


@pytest.mark.parametrize(
    ("formula", "construct"),
    [
        ("sin(x)", "sin"),
        ("x + tanh(y)", "tanh"),
        ("floor(x)", "floor"),
        ("time*x", "time"),
        ("delay(x, 1)", "delay"),
        ("unknown(x)", "unknown"),
    ],
)
def test_what_cannot_be_compiled_is_named(formula: str, construct: str) -> None:
    with pytest.raises(UserError, match=f"^here: .*'{construct}'"):
        node_of(ExpressionGraph(), formula)


def test_elimination_solves_sparse_systems_without_further_fill() -> None:
    rng = np.random.default_rng(3)
    for size in (1, 5, 40):
        matrix = rng.normal(size=(size, size)) * (rng.random((size, size)) < 3 / size)
        matrix += np.diag(np.full(size, 10.0))
        pattern = {(int(row), int(column)) for row, column in np.argwhere(matrix)}
        plan = plan_elimination(size, pattern)
        factors = matrix[np.ix_(plan.order, plan.order)]
        for row, lower in enumerate(plan.lower):
            for pivot in lower:
                factors[row, pivot] /= factors[pivot, pivot]
                columns = list(plan.upper[pivot])
                factors[row, columns] -= factors[row, pivot] * factors[pivot, columns]
        lower_part = np.tril(factors, -1) + np.eye(size)
        product = lower_part @ np.triu(factors)
        np.testing.assert_allclose(product, matrix[np.ix_(plan.order, plan.order)], atol=1e-12)
        assert plan.entries == np.count_nonzero(factors)


def test_minimum_degree_keeps_an_arrow_sparse() -> None:
    size = 20
    arrow = {(0, index) for index in range(size)} | {(index, 0) for index in range(size)}
    plan = plan_elimination(size, arrow)
    assert plan.entries == 3 * size - 2
    assert plan.multiplications == size - 1
