"""The version of the embedded engine's results stands for code whose counts were compared."""

import json

import pytest

from theraflow.config.tnf.engines import EngineConfig
from theraflow.config.tnf.ranges import DEFAULT_HORIZON_MIN
from theraflow.core.files import REPOSITORY
from theraflow.tnf.engine import results_version
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.engine.results_version import (
    RESULTS_VERSION,
    VERIFIED_SOURCE,
    embedded_code_identity,
    embedded_source,
)
from theraflow.tnf.simulation import ParameterPoint, plan_simulation

GOLDEN = json.loads((REPOSITORY / "tests/data/golden_counts.json").read_text())
SIMULATIONS = GOLDEN["simulations"]


NAMES = [
    f"{it.get('dimension', 2)}D-{it['time_steps']}-{it['tumor_radius_um']}" for it in SIMULATIONS
]


@pytest.mark.parametrize("golden", SIMULATIONS, ids=NAMES)
def test_the_counts_are_those_of_this_version(golden):
    assert GOLDEN["results_version"] == RESULTS_VERSION, "renew the golden counts"
    point = ParameterPoint(
        golden["tumor_radius_um"],
        golden["pulse_period_min"],
        golden["pulse_duration_min"],
        golden["tnf_concentration"],
    )
    horizon_min = golden.get("horizon_min", DEFAULT_HORIZON_MIN)
    simulation = plan_simulation(
        point, golden["replicate"], golden["base_seed"], horizon_min=horizon_min
    )
    # Seeds belong to the identity of every simulation that was ever made.
    assert simulation.seed == golden["seed"]
    config = EngineConfig(dimension=golden.get("dimension", 2), time_steps=golden["time_steps"])
    engine = make_engine(config)
    assert engine.simulate(simulation).tolist() == golden["counts"], "raise RESULTS_VERSION"


def test_the_code_is_the_one_whose_counts_were_compared():
    assert embedded_source() == VERIFIED_SOURCE, (
        "the code of the engine has changed: where the golden counts are still its own, write "
        f'VERIFIED_SOURCE = "{embedded_source()}"; where not, raise RESULTS_VERSION, too, and '
        "renew the golden counts"
    )


def test_code_that_nobody_has_compared_is_another_engine(monkeypatch):
    verified = engine_fingerprint(EngineConfig())
    monkeypatch.setattr(results_version, "embedded_source", lambda: "f" * 16)
    assert embedded_code_identity() == "f" * 16
    assert engine_fingerprint(EngineConfig()) != verified


def test_an_edit_that_was_compared_is_the_same_engine(monkeypatch):
    verified = engine_fingerprint(EngineConfig())
    monkeypatch.setattr(results_version, "embedded_source", lambda: "f" * 16)
    monkeypatch.setattr(results_version, "VERIFIED_SOURCE", "f" * 16)
    assert engine_fingerprint(EngineConfig()) == verified
