"""Machine code: its functions, the order of its methods, the same bits on every processor."""

import llvmlite.binding as llvm
import numpy as np
import pytest
from numpy.typing import NDArray

from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.machine.program import OBSERVE, OBSERVE_WITHIN, PREPARE, START, STEP
from theraflow.crc.compiled.simulator import SEARCHING, Simulator
from theraflow.crc.compiled.symbolic.expressions import ExpressionGraph
from theraflow.crc.compiled.symbolic.rate_equations import RateEquations


def kernel_of_functions() -> Kernel:
    """A model without dynamics whose initial states are functions of two parameters."""
    graph = ExpressionGraph()
    x, y = graph.symbol("x"), graph.symbol("y")
    functions = {
        "exponential": graph.exponential(x),
        "logarithm": graph.logarithm(x),
        "power": graph.power(x, y),
        "root": graph.root(x),
        "reciprocal": graph.reciprocal(x),
        "smaller": graph.smaller(x, y),
        "larger": graph.larger(x, y),
        "choice": graph.choose(graph.is_less(x, y), graph.add(x, y), graph.subtract(x, y)),
        "equal": graph.is_equal(x, y),
        "fused": graph.subtract(graph.multiply(x, y), graph.negate(graph.multiply(y, y))),
    }
    rates = (graph.zero,) * len(functions)
    names, nodes = tuple(functions), tuple(functions.values())
    return Kernel(RateEquations(graph, names, ("x", "y"), rates, nodes, graph.zero))


@pytest.fixture(scope="module")
def functions() -> Simulator:
    return Simulator(kernel_of_functions(), SEARCHING)


def test_functions_equal_those_of_numpy(functions: Simulator) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.lognormal(0, 3, 400), rng.uniform(-700, 700, 400), [1.0, 0.5, 2.0]])
    y = np.concatenate([rng.uniform(-3, 3, 800), [1.0, 7.0, 0.0]])
    states, _ = functions.start(np.array([x, y]).T)
    found = dict(zip(functions.kernel.equations.species, states.T, strict=True))
    with np.errstate(all="ignore"):
        expected = {
            "exponential": np.exp(x),
            "logarithm": np.log(x),
            "root": np.sqrt(x),
            "reciprocal": 1 / x,
            "smaller": np.minimum(x, y),
            "larger": np.maximum(x, y),
            "choice": np.where(x < y, x + y, x - y),
            "equal": np.where(x == y, 1.0, 0.0),
            "fused": x * y + y * y,
        }
        powers = np.where(x > 0, x**y, np.nan)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-15, atol=4e-16, err_msg=name)
    np.testing.assert_allclose(found["power"], powers, rtol=2e-14)


def test_functions_at_the_ends_of_their_range(functions: Simulator) -> None:
    inf, nan = np.inf, np.nan
    x = np.array([0.0, -1.0, 1e4, -1e4, inf, nan, 0.0, 0.0])
    y = np.array([2.5, 2.0, 1.0, 1.0, 0.5, 1.0, 0.0, -1.5])
    states, _ = functions.start(np.array([x, y]).T)
    found = dict(zip(functions.kernel.equations.species, states.T, strict=True))
    assert_same = np.testing.assert_array_equal
    assert_same(found["exponential"][2:6], [inf, 0, inf, nan])
    assert_same(found["logarithm"][[0, 1, 4, 5]], [-inf, nan, inf, nan])
    np.testing.assert_allclose(found["power"], [0, nan, 1e4, nan, inf, nan, 1, inf], rtol=2e-15)


def kernel_of_reactions() -> Kernel:
    """Two states with a solution that is known: y' = -2 y + x^2, x' = -x."""
    graph = ExpressionGraph()
    x, y = graph.symbol("x"), graph.symbol("y")
    growth = graph.add(graph.multiply(graph.constant(-2), y), graph.power(x, graph.constant(2)))
    return Kernel(
        RateEquations(graph, ("x", "y"), (), (graph.negate(x), growth), (graph.one, graph.zero), y)
    )


def solution(day: float) -> float:
    return float(day * np.exp(-2 * day))


def integrate(kernel: Kernel, steps: int) -> tuple[float, float]:
    """Integrate over 2 days; return the error at the end and that within the first step."""
    work, layout, functions = kernel.workspace(), kernel.layout, kernel.functions
    address = work.ctypes.data
    functions[START](address)
    functions[PREPARE](address)
    work[layout.relative_tolerance] = 1.0
    work[layout.absolute_tolerance : layout.absolute_tolerance + 2] = 1.0
    work[layout.step_size] = 2.0 / steps
    work[layout.share] = 0.4
    errors = []
    for _ in range(steps):
        work[layout.state : layout.state + 2] = work[layout.next_state : layout.next_state + 2]
        functions[STEP](address)
        if not errors:
            functions[OBSERVE_WITHIN](address)
            errors.append(abs(work[layout.output_within, 0] - solution(0.8 / steps)))
    functions[OBSERVE](address)
    return abs(work[layout.next_output, 0] - solution(2.0)), errors[0]


def test_the_method_has_order_5() -> None:
    """A wrong coefficient costs at least one order."""
    kernel = kernel_of_reactions()
    coarse, coarse_within = integrate(kernel, 16)
    fine, fine_within = integrate(kernel, 32)
    assert np.log2(coarse / fine) > 4.7
    assert np.log2(coarse_within / fine_within) > 4.7


_STARTS = 8


@pytest.fixture(scope="session")
def bits(kernel: Kernel, symbols: dict[str, float]) -> NDArray[np.float64]:
    """Return all that a kernel of a single lane computes in one step from several states."""
    return computed(Kernel(kernel.equations, 1), symbols)


def computed(kernel: Kernel, symbols: dict[str, float]) -> NDArray[np.float64]:
    """Compute a step of each start, shape (functions, rows, starts)."""
    equations, layout = kernel.equations, kernel.layout
    shares, steps = np.linspace(0.5, 2, _STARTS), np.geomspace(1e-3, 1, _STARTS)
    groups = []
    for first in range(0, _STARTS, kernel.lanes):
        starts = slice(first, first + kernel.lanes)
        work = kernel.workspace()
        for place, name in enumerate(equations.parameters):
            work[layout.parameters + place] = symbols[name]
        for place, name in enumerate(equations.species):
            work[layout.state + place] = symbols[name] * shares[starts]
        work[layout.relative_tolerance] = 1e-3
        work[layout.step_size] = steps[starts]
        results = []
        for name in (PREPARE, STEP, OBSERVE_WITHIN, OBSERVE):
            kernel.functions[name](work.ctypes.data)
            results.append(work[: layout.factors].copy())
        groups.append(np.stack(results))
    return np.concatenate(groups, axis=2)


@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_any_number_of_lanes_gives_the_same_bits(
    lanes: int, kernel: Kernel, symbols: dict[str, float], bits: NDArray[np.float64]
) -> None:
    """How many fit into a register differs between the nodes of a cluster."""
    other = Kernel(kernel.equations, lanes)
    assert other.lanes == lanes
    np.testing.assert_array_equal(computed(other, symbols), bits)


@pytest.mark.parametrize("processor", ["haswell", "skylake-avx512"])
def test_every_processor_gives_the_same_bits(
    processor: str, kernel: Kernel, symbols: dict[str, float], bits: NDArray[np.float64]
) -> None:
    """Code of eight lanes for another kind of node, in this very process."""
    features = llvm.get_host_cpu_features()
    if not features.get("avx512f" if "avx512" in processor else "avx2"):
        pytest.skip("this processor cannot run such code")
    other = Kernel(kernel.equations, 8, processor)
    np.testing.assert_array_equal(computed(other, symbols), bits)
