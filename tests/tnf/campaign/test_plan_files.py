"""A job simulates what the process that named it has planned, or says that it cannot."""

import pytest
from support.arithmetic_engine import make_batch

from theraflow.config.load import load_study
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.tnf.campaign.batches import plan_batches, plan_noise_floor_batches
from theraflow.tnf.campaign.plan_files import plan_file, read_planned_batch, write_plan


@pytest.fixture(scope="module")
def planned():
    tnf = load_study(REPOSITORY / "tests/config/tiny.yaml", {"tnf": {"horizon_min": 1500}}).tnf
    batches = [*plan_batches(tnf), *plan_noise_floor_batches(tnf)]
    return tnf, [batch for batch in batches if batch.tumor_radius_um == 50]


def test_a_batch_comes_back_with_its_seeds_and_the_names_of_the_others(planned, tmp_path):
    tnf, batches = planned
    file = tmp_path / "plan.parquet"
    write_plan(batches, tnf.base_seed, "engine", file)
    for batch in batches:
        read, siblings = read_planned_batch(file, batch.batch_id, "engine")
        assert read == batch
        assert list(read.simulations) == list(batch.simulations)
        assert {simulation.horizon_min for simulation in read.simulations} == {1500}
        assert siblings == {other.batch_id for other in batches} - {batch.batch_id}


def test_a_batch_of_drawn_radii_comes_back(tmp_path):
    designs = [{"kind": "sobol", "points": 8}, {"kind": "sobol_radius", "points": 9}]
    tnf = load_study(REPOSITORY / "tests/config/tiny.yaml", {"tnf": {"designs": designs}}).tnf
    batches = [batch for batch in plan_batches(tnf) if batch.tumor_radius_um is None]
    file = tmp_path / plan_file("any_radius").name
    write_plan(batches, tnf.base_seed, "engine", file)
    for batch in batches:
        read, _ = read_planned_batch(file, batch.batch_id, "engine")
        assert read == batch
        assert list(read.simulations) == list(batch.simulations)


def test_a_batch_of_single_simulations_comes_back(tmp_path):
    batch = make_batch("a" * 16, range(10, 15))
    write_plan([batch], 1, "engine", tmp_path / "plan.parquet")
    read, siblings = read_planned_batch(tmp_path / "plan.parquet", batch.batch_id, "engine")
    assert list(read.simulations) == list(batch.simulations)
    assert not siblings


@pytest.mark.parametrize(("batch", "engine"), [("0" * 16, "engine"), ("planned", "another engine")])
def test_what_is_not_planned_is_not_simulated(planned, tmp_path, batch, engine):
    tnf, batches = planned
    file = tmp_path / "plan.parquet"
    write_plan(batches, tnf.base_seed, "engine", file)
    name = batches[0].batch_id if batch == "planned" else batch
    with pytest.raises(UserError, match=rf"batch {name}: no longer part .*; start the workflow"):
        read_planned_batch(file, name, engine)


def test_a_plan_that_is_gone_is_told(tmp_path):
    with pytest.raises(UserError, match="no such file; start the workflow again"):
        read_planned_batch(tmp_path / "plan.parquet", "0" * 16, "engine")
