"""Exact derivatives of the expressions of a graph."""

from collections.abc import Sequence

from theraflow.crc.compiled.symbolic.expressions import SYMBOL, ExpressionGraph

Entries = dict[tuple[int, int], int]


def jacobian(graph: ExpressionGraph, outputs: Sequence[int], variables: Sequence[str]) -> Entries:
    """Add the derivatives of ``outputs`` after ``variables`` to the graph.

    Returns the nodes of the entries that are not zero everywhere, by (output, variable).
    """
    column = {name: index for index, name in enumerate(variables)}
    gradients: dict[int, dict[int, int]] = {}
    for index in graph.needed_for(outputs):
        node = graph.nodes[index]
        if node.operation == SYMBOL:
            known = str(node.label) in column
            gradients[index] = {column[str(node.label)]: graph.one} if known else {}
            continue
        gradients[index] = {}
        for operand, factor in _partials(graph, index, gradients):
            for variable, derivative in gradients[operand].items():
                term = graph.multiply(factor, derivative)
                total = graph.add(gradients[index].get(variable, graph.zero), term)
                gradients[index][variable] = total
    return {
        (row, variable): derivative
        for row, output in enumerate(outputs)
        for variable, derivative in sorted(gradients[output].items())
        if derivative != graph.zero
    }


def _partials(
    graph: ExpressionGraph, index: int, gradients: dict[int, dict[int, int]]
) -> list[tuple[int, int]]:
    """List the derivatives of a node after those operands that depend on a variable."""
    node = graph.nodes[index]
    operands = node.operands
    moving = [operand for operand in operands if gradients[operand]]
    if not moving:
        return []
    first, last = operands[0], operands[-1]
    minus_one = graph.constant(-1)
    match node.operation:
        case "add":
            partials = [graph.one, graph.one]
        case "subtract":
            partials = [graph.one, minus_one]
        case "negate":
            partials = [minus_one]
        case "multiply":
            partials = [last, first]
        case "reciprocal":
            partials = [graph.negate(graph.multiply(index, index))]
        case "power":
            lowered = graph.power(first, graph.subtract(last, graph.one))
            growth = graph.multiply(index, graph.logarithm(first)) if gradients[last] else 0
            partials = [graph.multiply(last, lowered), growth]
        case "root":
            partials = [graph.divide(graph.constant(0.5), index)]
        case "exponential":
            partials = [index]
        case "logarithm":
            partials = [graph.reciprocal(first)]
        case "smaller":
            is_first = graph.is_less(first, last)
            partials = [is_first, graph.negation(is_first)]
        case "larger":
            is_last = graph.is_less(first, last)
            partials = [graph.negation(is_last), is_last]
        case "choose":
            condition = operands[0]
            one, zero = graph.one, graph.zero
            partials = [
                zero,
                graph.choose(condition, one, zero),
                graph.choose(condition, zero, one),
            ]
        case _:
            partials = [graph.zero] * len(operands)
    return [
        (operand, factor)
        for operand, factor in zip(operands, partials, strict=True)
        if gradients[operand] and factor != graph.zero
    ]
