"""Rounds of active learning: where they simulate, what of it trains, and what is done again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.stats import binomtest
from support.arithmetic_engine import ArithmeticEngine, run
from support.rough_tumour import ROUGH_ABOVE, RoughEngine

from theraflow.config.load import load_study
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.active.choosing import choose_points
from theraflow.tnf.active.plan import candidate_points, planned_rounds, round_batch_id
from theraflow.tnf.active.simulating import batch_of_round
from theraflow.tnf.active.tables import DISAGREEMENT, ROUND_SCHEMA
from theraflow.tnf.campaign.batches import plan_batches, plan_noise_floor_batches
from theraflow.tnf.campaign.design import design_parameters, drawn_parameters
from theraflow.tnf.campaign.preflight import check_feasible, preflight
from theraflow.tnf.engine.tables import trajectory_table
from theraflow.tnf.surrogate.training.general import split_every_radius
from theraflow.tnf.surrogate.training.split import PARTS
from theraflow.tnf.surrogate.training.train import train_network
from theraflow.tnf.surrogate.uncertainty.calibrating import train_ensemble_member
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import ledger_path

# What all tests of this file ask for is made by one worker of pytest.
pytestmark = pytest.mark.xdist_group("rounds")

POINTS = 32


def study(
    *, kind: str = "sobol", radii=(100,), rounds: int = 2, points: int = POINTS, epochs=40, **more
):
    region = {"tnf_concentration_above": 0.0, "tnf_concentration": [0.01, 1.0]}
    designs = [{"kind": "sobol", "points": 96, **region}]
    candidates = {"kind": kind, "points": 512, "seed": 7, "concentration_scale": "linear", **region}
    members = {"members": 3, "hidden_size": 16, "epochs": epochs, "batch_size": 16}
    tnf = {
        "tumor_radii_um": list(radii),
        "designs": designs,
        "active_learning": {"rounds": rounds, "points": points, "candidates": candidates},
        "surrogates": {
            "device": "cpu",
            "split": {"validation_fraction": 0.1, "test_fraction": 0.1},
            "uncertainty": members,
            "theraflow": {"hidden_size": 8, "epochs": 1},
        },
    }
    return load_study({"tnf": tnf | more}).tnf


def simulated(batches) -> pd.DataFrame:
    engine = RoughEngine()
    items = [item for batch in batches for item in batch.simulations]
    return trajectory_table(items, [engine.simulate(item) for item in items], engine).to_pandas()


def chosen(frame: pd.DataFrame, tnf, folder: Path) -> pd.DataFrame:
    for member in range(tnf.surrogates.uncertainty.members):
        train_ensemble_member(
            frame,
            tnf.tumor_radii_um,
            member,
            tnf.surrogates,
            tnf.surrogates.base_seed,
            folder,
            design=design_parameters(tnf.designs),
            drawn_design=drawn_parameters(tnf.designs),
            show_progress=False,
        )
    return choose_points(frame, tnf, folder)


def points_of(frame: pd.DataFrame) -> set[tuple[float, ...]]:
    return set(frame[list(tables.POINT_COLUMNS)].itertuples(index=False, name=None))


def split_of(simulations: Trajectories, tnf):
    return split_every_radius(
        simulations,
        tnf.tumor_radii_um,
        tnf.surrogates.split,
        tnf.surrogates.base_seed,
        design=design_parameters(tnf.designs),
        drawn_design=drawn_parameters(tnf.designs),
    )


@pytest.fixture(scope="module")
def tnf():
    return study()


@pytest.fixture(scope="module")
def rounds(tnf, tmp_path_factory) -> list[pd.DataFrame]:
    """What is known at first, after one round, and after two."""
    frames = [simulated(plan_batches(tnf))]
    for number, radius in planned_rounds(tnf):
        points = chosen(frames[-1], tnf, tmp_path_factory.mktemp("round"))
        batch = batch_of_round(points, number, radius, tnf)
        frames.append(pd.concat([frames[-1], simulated([batch])], ignore_index=True))
    return frames


@pytest.fixture(scope="module")
def first_round(tnf, rounds, tmp_path_factory) -> pd.DataFrame:
    return chosen(rounds[0], tnf, tmp_path_factory.mktemp("again"))


def test_rounds_go_where_the_simulator_is_rough(rounds):
    known, final = trajectories(rounds[0]), trajectories(rounds[2])
    is_added = final.replicates > known.replicates.max()
    added = final.parameters[is_added, 2] > ROUGH_ABOVE
    of_sobol = known.parameters[:, 2] > ROUGH_ABOVE
    assert len(added) == 2 * POINTS
    more = binomtest(int(added.sum()), len(added), of_sobol.mean(), alternative="greater")
    assert more.pvalue < 1e-4


def test_the_same_seed_chooses_the_same_points(rounds, first_round):
    added = rounds[1][rounds[1][tables.REPLICATE] > 0]
    assert points_of(added) == points_of(first_round)
    assert list(first_round.columns) == ROUND_SCHEMA.names
    assert (first_round[DISAGREEMENT] > 0).all()


def test_no_point_is_simulated_twice_nor_close_to_another(tnf, rounds):
    final = trajectories(rounds[2])
    assert len(np.unique(final.parameters, axis=0)) == len(final) == 96 + 2 * POINTS
    first = rounds[1][rounds[1][tables.REPLICATE] > 0].drop_duplicates(tables.SIMULATION_ID)
    places = first[list(tables.PARAMETER_COLUMNS)].to_numpy() / [800, 200, 1]
    distances = np.linalg.norm(places[:, None] - places, axis=-1) + np.eye(len(places))
    assert distances.min() > 0.03


def test_rounds_train_and_what_steers_and_tests_stays(tnf, rounds):
    before, after = (trajectories(rounds[number]) for number in (0, 2))
    names = {
        part: [
            set(simulations.simulation_ids[getattr(split_of(simulations, tnf), part)])
            for simulations in (before, after)
        ]
        for part in PARTS
    }
    assert names["validation"][0] == names["validation"][1]
    assert names["test"][0] == names["test"][1]
    added = set(after.simulation_ids) - set(before.simulation_ids)
    assert names["training"][1] == names["training"][0] | added


def test_the_surrogate_of_one_radius_divides_them_likewise(tnf, rounds, tmp_path):
    simulations = trajectories(rounds[2])
    trained = train_network(
        simulations,
        tnf.surrogates,
        tnf.surrogates.base_seed,
        tmp_path / "checkpoint.pt",
        design=design_parameters(tnf.designs),
        show_progress=False,
    )
    for part in PARTS:
        expected = getattr(split_of(simulations, tnf), part)
        np.testing.assert_array_equal(getattr(trained.split, part), expected)


def test_seeds_are_shared_with_no_other_simulation(tnf, first_round):
    batch = batch_of_round(first_round, 1, 100, tnf)
    of_study = [*plan_batches(tnf), *plan_noise_floor_batches(tnf)]
    # The same points as replicates of the designs would be simulated with other seeds.
    twins = study(designs=[tnf.active_learning.candidates.model_dump()], replicates=2)
    others = {item.seed for one in [*of_study, *plan_batches(twins)] for item in one.simulations}
    seeds = {item.seed for item in batch.simulations}
    assert len(seeds) == POINTS
    assert not seeds & others


def test_drawn_radii_make_a_round_of_their_own(tmp_path):
    tnf = study(kind="sobol_radius", radii=(50, 100), points=8, epochs=2)
    assert list(planned_rounds(tnf)) == [(1, None), (2, None)]
    frame = simulated(plan_batches(tnf))
    points = chosen(frame, tnf, tmp_path)
    assert len(points) == 8
    assert points[tables.TUMOR_RADIUS_UM].nunique() > 4
    batch = batch_of_round(points, 1, None, tnf)
    assert batch.tumours == "any_radius"
    both = trajectories(pd.concat([frame, simulated([batch])], ignore_index=True))
    assert len(split_of(both, tnf).training) == len(split_of(trajectories(frame), tnf).training) + 8


def test_every_radius_gets_as_many_points(tmp_path):
    tnf = study(radii=(50, 100), points=8, epochs=2)
    points = chosen(simulated(plan_batches(tnf)), tnf, tmp_path)
    assert dict(points[tables.TUMOR_RADIUS_UM].value_counts()) == {50: 8, 100: 8}
    batches = [batch_of_round(points, 1, radius, tnf) for radius in (50, 100)]
    assert [len(batch.simulations) for batch in batches] == [8, 8]


def test_a_round_that_was_stopped_goes_on_and_takes_over_what_was_simulated(tnf, tmp_path):
    engine = ArithmeticEngine(tmp_path / "notes.txt")
    points = pd.DataFrame(
        {
            tables.TUMOR_RADIUS_UM: 100,
            tables.PULSE_PERIOD_MIN: range(10, 20),
            tables.PULSE_DURATION_MIN: 5,
            tables.TNF_CONCENTRATION: 0.5,
        }
    )
    batch = batch_of_round(points, 1, 100, tnf)
    with pytest.raises(UserError, match="1 of 10 failed"):
        run(batch, replace(engine, dies=frozenset({14})), tmp_path)
    engine.notes.unlink()
    run(batch, engine, tmp_path)
    assert engine.simulated() == [14]
    # Other points were chosen, as the designs have grown.
    engine.notes.unlink()
    others = batch_of_round(points.assign(pulse_period_min=range(15, 25)), 1, 100, tnf)
    file = run(others, engine, tmp_path)
    assert engine.simulated() == list(range(20, 25))
    ledger = pq.read_table(ledger_path(file)).to_pandas()
    assert sorted(ledger[tables.PULSE_PERIOD_MIN]) == list(range(15, 25))
    assert (ledger[schema.BATCH] == "round_1_radius_100um").all()


def test_more_rounds_leave_the_names_of_the_others():
    names = [[round_batch_id(*one) for one in planned_rounds(study(rounds=n))] for n in (0, 1, 2)]
    assert names == [[], ["round_1_radius_100um"], ["round_1_radius_100um", "round_2_radius_100um"]]


def test_candidates_are_no_points_of_the_designs():
    tnf = study()
    same = tnf.designs[0].model_copy(update={"points": 512})
    tnf = tnf.model_copy(
        update={"active_learning": tnf.active_learning.model_copy(update={"candidates": same})}
    )
    assert len(candidate_points(tnf, 100)) == 512 - 96


def test_too_few_candidates_are_told_before_any_work():
    with pytest.raises(UserError, match=r"candidates.points = 512: fewer than 9 rounds of 64"):
        study(rounds=9, points=64)
    tnf = study(rounds=7, points=64)
    same = tnf.designs[0].model_copy(update={"points": 512})
    short = tnf.active_learning.model_copy(update={"candidates": same})
    with pytest.raises(UserError, match=r"candidates: 416 are no points of tnf\.designs"):
        check_feasible(tnf.model_copy(update={"active_learning": short}))


def test_pulses_of_candidates_fit_the_horizon():
    region = {"kind": "sobol", "pulse_period_min": [5, 300], "pulse_duration_min": [5, 100]}
    with pytest.raises(UserError, match=r"active_learning\.candidates\.pulse_period_min = 800"):
        study(horizon_min=600, designs=[region])


def test_the_size_of_a_study_counts_its_rounds():
    (without,), (of_radius,) = preflight(study(rounds=0)), preflight(study())
    assert (without.added_simulations, of_radius.added_simulations) == (0, 2 * POINTS)
    assert of_radius.batches == without.batches + 2
    assert of_radius.added_core_hours > 0
    *_, drawn = preflight(study(kind="sobol_radius"))
    assert (drawn.tumor_radius_um, drawn.simulations) == (None, 0)
    assert drawn.added_simulations == 2 * POINTS
