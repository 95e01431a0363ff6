"""What every engine keeps to; the example of docs/extending/add-engine.md is one of them."""

import pickle
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from support.arithmetic_engine import make_batch, run

from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.files import REPOSITORY
from theraflow.tnf import tables
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.trajectories.reading import read_trajectories

PAGE = REPOSITORY / "docs/extending/add-engine.md"


def example_of_the_page() -> Engine:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    module = ModuleType("engine_of_the_page")
    sys.modules[module.__name__] = module  # pickle looks classes up by the name of their module
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102
    return module.DecayEngine()


ENGINES = {
    "embedded": lambda: make_engine(EngineConfig()),
    "embedded in three dimensions": lambda: make_engine(EngineConfig(dimension=3)),
    "example": example_of_the_page,
}


@cache
def engine_called(name: str) -> Engine:
    engine = ENGINES[name]()
    engine.warm_up()
    return engine


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engine_called(request.param)


def simulation(replicate: int = 0, horizon_min: int = 180):
    return plan_simulation(ParameterPoint(50, 60, 30, 0.8), replicate, 1, horizon_min=horizon_min)


@pytest.mark.parametrize("horizon_min", [60, 300])
def test_counts_are_told_at_every_full_hour_to_the_horizon(
    engine: Engine, horizon_min: int
) -> None:
    counts = engine.simulate(simulation(horizon_min=horizon_min))
    assert counts.shape == (horizon_min // 60 + 1, 3)
    assert np.issubdtype(counts.dtype, np.integer)
    assert (counts >= 0).all()
    assert counts[0, 0] > 0
    assert not counts[0, 1:].any()


def test_a_seed_decides_the_counts(engine: Engine) -> None:
    first, again, other = (
        engine.simulate(simulation(replicate, horizon_min=300)) for replicate in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_worker_process_may_receive_it(engine: Engine) -> None:
    received = pickle.loads(pickle.dumps(engine))
    received.warm_up()
    np.testing.assert_array_equal(received.simulate(simulation()), engine.simulate(simulation()))
    assert received.fingerprint == engine.fingerprint


def test_it_tells_who_it_is(engine: Engine) -> None:
    assert engine.label
    assert len(engine.fingerprint) >= 16


def test_a_batch_runs_with_it(engine: Engine, tmp_path: Path) -> None:
    batch = make_batch("a" * 16, range(50, 53), horizon_min=120)
    trajectories = read_trajectories(run(batch, engine, tmp_path, workers=1))
    assert trajectories[tables.PULSE_PERIOD_MIN].nunique() == 3
    assert set(trajectories[tables.TIME_MIN]) == {0, 60, 120}
    assert set(trajectories[tables.ENGINE]) == {engine.label}


def test_engines_have_fingerprints_of_their_own() -> None:
    assert len({engine_called(name).fingerprint for name in ENGINES}) == len(ENGINES)
