"""Runs of a cell's Boolean network: Gillespie's algorithm on tabulated flip rates."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theraflow.tnf.engine.embedded.kernels.compilation import kernel
from theraflow.tnf.model.boolean_network import BooleanNetwork


class NetworkTables(NamedTuple):
    """The arrays of a ``BooleanNetwork``, see there."""

    start_probability: NDArray[np.float64]
    rates: NDArray[np.float64]
    rate_offset: NDArray[np.int64]
    input_count: NDArray[np.int64]
    inputs: NDArray[np.int64]
    dependent_count: NDArray[np.int64]
    dependents: NDArray[np.int64]


def network_tables(network: BooleanNetwork) -> NetworkTables:
    """Hand the tables of a network to the kernels."""
    return NetworkTables(
        network.start_probability,
        network.rates,
        network.rate_offset,
        network.input_count,
        network.inputs,
        network.dependent_count,
        network.dependents,
    )


@kernel
def node_value(state: int, node: int) -> int:
    """Value, 0 or 1, of a node."""
    return (state >> node) & 1


@kernel
def with_node_value(state: int, node: int, value: int) -> int:
    """State with one node set to 0 or 1."""
    return state & ~(1 << node) | value << node


@kernel
def initial_state(tables: NetworkTables, generator: np.random.Generator) -> int:
    """Draw an initial state; nodes that are certain cost no draw."""
    state = 0
    for node, probability in enumerate(tables.start_probability):
        if probability >= 1 or (probability > 0 and generator.random() < probability):
            state |= 1 << node
    return state


@kernel
def _flip_rate(tables: NetworkTables, state: int, node: int) -> float:
    index = node_value(state, node)
    for k in range(tables.input_count[node]):
        index |= node_value(state, tables.inputs[node, k]) << (k + 1)
    rate: float = tables.rates[tables.rate_offset[node] + index]
    return rate


@kernel
def run_network(
    tables: NetworkTables,
    state: int,
    duration: float,
    flip_rates: NDArray[np.float64],
    generator: np.random.Generator,
) -> tuple[int, bool]:
    """Follow one trajectory for ``duration`` units of network time.

    ``flip_rates`` (n,) is scratch space. Returns the state at the end, and whether it is steady:
    without an active rate, so that it stays until an input changes.
    """
    nodes = flip_rates.shape[0]
    total_rate = 0.0
    for node in range(nodes):
        flip_rates[node] = _flip_rate(tables, state, node)
        total_rate += flip_rates[node]
    time = 0.0
    while total_rate > 0:
        time -= np.log(1 - generator.random()) / total_rate
        if time > duration:
            return state, False
        threshold = generator.random() * total_rate
        flipped = _chosen(flip_rates, threshold)
        state ^= 1 << flipped
        for k in range(tables.dependent_count[flipped]):
            node = tables.dependents[flipped, k]
            flip_rates[node] = _flip_rate(tables, state, node)
        total_rate = flip_rates.sum()
    return state, True


@kernel
def _chosen(flip_rates: NDArray[np.float64], threshold: float) -> int:
    cumulative = 0.0
    last_active = 0
    for node, rate in enumerate(flip_rates):
        if rate > 0:
            last_active = node
            cumulative += rate
            if threshold < cumulative:
                return node
    # Rounding can leave the threshold at the very end of the sum.
    return last_active
