"""The Boolean network: its files, published fractions of fates, parity with the official engine."""

from pathlib import Path

import cmaboss
import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.tnf.engine.embedded.network import (
    NetworkTables,
    initial_state,
    network_tables,
    node_value,
    run_network,
    with_node_value,
)
from theraflow.tnf.model.boolean_network import load_boolean_network
from theraflow.tnf.model.spheroid import SpheroidModel

TRIALS = 20_000


@numba.njit
def fates(
    tables: NetworkTables,
    trials: int,
    calls_with_tnf: int,
    report_after: NDArray[np.int64],
    nodes: tuple[int, int, int, int],
    fadd_value: int,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Count (alive, apoptotic, necrotic) trials after each number of calls."""
    tnf, fadd, apoptosis, necrosis = nodes
    counts = np.zeros((len(report_after), 3), np.int64)
    flip_rates = np.empty(len(tables.start_probability))
    for _ in range(trials):
        state = with_node_value(initial_state(tables, generator), fadd, fadd_value)
        fate = 0
        report = 0
        for call in range(report_after[-1]):
            if fate == 0:
                state = with_node_value(state, tnf, 1 if call < calls_with_tnf else 0)
                state, _steady = run_network(tables, state, 1.0, flip_rates, generator)
                if node_value(state, apoptosis):
                    fate = 1
                elif node_value(state, necrosis):
                    fate = 2
            if call + 1 == report_after[report]:
                counts[report, fate] += 1
                report += 1
    return counts


@numba.njit
def node_counts(
    tables: NetworkTables,
    trials: int,
    tnf: int,
    times: NDArray[np.float64],
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Count the trials in which each node is on at each time; TNF (or no node, -1) is held on."""
    nodes = len(tables.start_probability)
    counts = np.zeros((len(times), nodes), np.int64)
    flip_rates = np.empty(nodes)
    for _ in range(trials):
        state = initial_state(tables, generator)
        if tnf >= 0:
            state = with_node_value(state, tnf, 1)
        before = 0.0
        for k in range(len(times)):
            state, _steady = run_network(tables, state, times[k] - before, flip_rates, generator)
            before = times[k]
            for node in range(nodes):
                counts[k, node] += node_value(state, node)
    return counts


@pytest.mark.parametrize(
    ("calls_with_tnf", "fadd", "after_calls", "expected"),
    [
        (
            48,
            0,
            (12, 24, 48),
            ((0.888, 0.011, 0.101), (0.881, 0.013, 0.106), (0.880, 0.013, 0.108)),
        ),
        (
            48,
            1,
            (12, 24, 48),
            ((0.176, 0.780, 0.045), (0.019, 0.936, 0.046), (0.017, 0.937, 0.046)),
        ),
        (2, 0, (48,), ((0.951, 0.005, 0.044),)),
        (2, 1, (48,), ((0.604, 0.366, 0.030),)),
        (6, 0, (48,), ((0.890, 0.010, 0.099),)),
        (6, 1, (48,), ((0.164, 0.788, 0.048),)),
    ],
)
def test_fates_occur_at_the_published_fractions(
    model: SpheroidModel,
    calls_with_tnf: int,
    fadd: int,
    after_calls: tuple[int, ...],
    expected: tuple[tuple[float, float, float], ...],
) -> None:
    network = model.network
    nodes = tuple(network.index(name) for name in ("TNF", "FADD", "Apoptosis", "NonACD"))
    counts = fates(
        network_tables(network),
        TRIALS,
        calls_with_tnf,
        np.array(after_calls),
        nodes,
        fadd,
        np.random.Generator(np.random.PCG64(11)),
    )
    # Both numbers come from 20,000 trials; the published ones are rounded to three digits.
    fractions = np.array(expected)
    tolerance = 4 * np.sqrt(2 * fractions * (1 - fractions) / TRIALS) + 0.001
    assert np.all(np.abs(counts / TRIALS - fractions) < tolerance)


@pytest.mark.parametrize("tnf_on", [False, True])
def test_node_probabilities_agree_with_the_official_maboss(
    model: SpheroidModel, repository: Path, tnf_on: bool
) -> None:
    resources = repository / "resources" / "tnf_spheroid"
    config = (resources / "network.cfg").read_text()
    official = cmaboss.MaBoSSSim(
        network_str=(resources / "network.bnd").read_text(),
        config_str=config.replace("\nTNF.istate = 0", f"\nTNF.istate = {int(tnf_on)}"),
    )
    probabilities, times, nodes, _ = official.run().get_nodes_probtraj()
    tick = times[1] - times[0]
    windows = [round(time / tick) for time in (0.5, 1, 2, 4, 8, 16, 32, 47)]
    # MaBoSS averages over a window of one tick; the middle of it stands for the average.
    middles = np.array(times)[windows] + tick / 2
    network = model.network
    counts = node_counts(
        network_tables(network),
        TRIALS,
        network.index("TNF") if tnf_on else -1,
        middles,
        np.random.Generator(np.random.PCG64(3)),
    )
    ours = counts[:, [network.index(node) for node in nodes]] / TRIALS
    theirs = np.array(probabilities)[windows]
    pooled = np.clip((ours + theirs) / 2, 0, 1)
    tolerance = 4.5 * np.sqrt(2 * pooled * (1 - pooled) / TRIALS) + 0.001
    assert np.all(np.abs(ours - theirs) < tolerance)
    responders = ours[-1, network.index("CASP3")] if tnf_on else 0.0
    assert (responders > 0.3) == tnf_on


def test_a_steady_state_stays(model: SpheroidModel) -> None:
    tables = network_tables(model.network)
    generator = np.random.Generator(np.random.PCG64(1))
    flip_rates = np.empty(len(model.network.nodes))
    state, steady = run_network(
        tables, initial_state(tables, generator), 1e6, flip_rates, generator
    )
    assert steady
    assert run_network(tables, state, 1e6, flip_rates, generator) == (state, True)


def write_network(folder: Path, nodes: str, settings: str = "") -> tuple[Path, Path]:
    network, config = folder / "n.bnd", folder / "n.cfg"
    network.write_text(nodes)
    config.write_text(settings)
    return network, config


def test_expressions_follow_maboss(tmp_path: Path) -> None:
    nodes = """
    Node A { rate_up = 0.0; rate_down = 0.0; }
    Node B { rate_up = 0.0; rate_down = 0.0; }
    // Without rates of its own a node follows its logic at rate 1.
    Node C { logic = A XOR B; }
    Node D {
      logic = !(A & B) | C;
      rate_up = @logic ? ($k * 2 + 1) / 4 : 0.0;  /* with arithmetic */
      rate_down = @logic ? 0.0 : (A == B ? $k : 1.0);
    }
    """
    settings = """
    $k = 3.5;
    [B].istate = 1 [1], 3 [0];
    A.istate = 1; C.istate = 0; D.istate = 0;
    """
    network = load_boolean_network(*write_network(tmp_path, nodes, settings))
    np.testing.assert_array_equal(network.start_probability, [1, 0.25, 0, 0])
    tables, generator = network_tables(network), np.random.Generator(np.random.PCG64(1))
    rates = np.empty(4)
    # A xor B is on: C turns on at rate 1, D at rate (3.5 * 2 + 1) / 4 = 2.
    run_network(tables, 0b0001, 0.0, rates, generator)
    np.testing.assert_array_equal(rates, [0, 0, 1, 2])
    # A = B = 1, C off: the logic of D is off, and D leaves at rate k.
    run_network(tables, 0b1011, 0.0, rates, generator)
    np.testing.assert_array_equal(rates, [0, 0, 0, 3.5])


@pytest.mark.parametrize(
    ("nodes", "settings", "message"),
    [
        ("Node A { logic = B; }", "", "unknown node 'B'"),
        ("Node A { logic = ; }", "", "line 1"),
        ("Node A { rate_up = $k; rate_down = 0; }", "", r"\$k has no value"),
        ("Node A { rate_up = 0; }", "", "neither rate_down nor logic"),
        ("Node A { rate_up = -1; rate_down = 0; }", "", "negative"),
        ("Node A { rate_up = 1 / 0; rate_down = 0; }", "", "not finite"),
        ("Node A { logic = A; }", "B.istate = 1;", "'B' is not a node"),
        ("Node A { logic = A; }", "A.istate = 2;", "between 0 and 1"),
        ("Node A { logic = A; }", "[A].istate = 0 [0], 0 [1];", "between 0 and 1"),
        ("Node A { logic = A; } Node B { logic = A; }", "A.istate = 1;", "no initial state of B;"),
        ("Node A { logic = @logic; }", "A.istate = 1;", "refers to itself"),
        ("", "", "0 nodes"),
    ],
)
def test_faulty_networks_are_named(tmp_path: Path, nodes: str, settings: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_boolean_network(*write_network(tmp_path, nodes, settings))


def test_a_missing_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent\.bnd: cannot read"):
        load_boolean_network(tmp_path / "absent.bnd", tmp_path / "absent.cfg")
