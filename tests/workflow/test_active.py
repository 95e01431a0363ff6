"""Active learning in the workflow: rounds follow from the config alone, and each is simulated once.

What re-runs when there is one more round: only it, and what follows from it.
"""

from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from support.workflow_runs import Campaign

from theraflow.tnf import tables
from theraflow.tnf.active.tables import ROUND_SCHEMA
from theraflow.tnf.surrogate.training.split import ADDED_FIRST_REPLICATE
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import ledger_path
from theraflow.work.status import Status

pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("workflow")]


def rounds(number: int, **more: Any) -> dict[str, Any]:
    candidates = {"kind": "sobol", "points": 64, "seed": 2}
    return {
        "tnf": {"active_learning": {"rounds": number, "points": 3, "candidates": candidates}} | more
    }


@pytest.fixture(scope="module")
def one_round(finished_campaign, tmp_path_factory) -> Campaign:
    """A finished campaign to whose data set one round of active learning was added."""
    campaign = finished_campaign.copied_to(tmp_path_factory.mktemp("active") / "campaign")
    run = campaign.snakemake(target="tnf_dataset", changes=rounds(1))
    assert run.returncode == 0, run.stderr
    return campaign


def planned(campaign: Campaign, changes: dict[str, Any]) -> dict[str, set[str]]:
    """Name the output files of each rule that would run."""
    jobs = campaign.planned(target="tnf_dataset", changes=changes)
    return {
        rule: {
            output.removesuffix(" (update)")
            for job in jobs
            if job.rule == rule
            for output in job.outputs
        }
        for rule in {job.rule for job in jobs} - {"tnf_dataset"}
    }


def files_of_round(number: int, radii=(50, 100)) -> dict[str, set[str]]:
    batches = f"results/tnf/active/batches/round_{number}_radius"
    folder = f"results/tnf/active/round_{number}"
    return {
        "train_ensemble_member": {f"{folder}/ensemble/member_{n}.safetensors" for n in (0, 1)},
        "choose_points": {f"{folder}/points.parquet"},
        "simulate_round": {
            f"{batches}_{radius}um{suffix}.parquet"
            for radius in radii
            for suffix in ("", ".ledger")
        },
    }


JOINED = {"results/tnf/dataset.parquet", "results/tnf/dataset.ledger.parquet"}


def test_all_jobs_follow_from_the_config(tmp_path):
    jobs = planned(Campaign(tmp_path), rounds(3))
    expected = [files_of_round(number) for number in (1, 2, 3)]
    for rule in expected[0]:
        assert jobs[rule] == set().union(*(files[rule] for files in expected))


def test_added_simulations_are_part_of_the_data_set(one_round):
    folder = one_round.directory / "results/tnf"
    points = pd.read_parquet(folder / "active/round_1/points.parquet")
    dataset = pd.read_parquet(folder / "dataset.parquet").drop_duplicates(tables.SIMULATION_ID)
    added = dataset[dataset[tables.REPLICATE] >= ADDED_FIRST_REPLICATE]
    columns = list(tables.POINT_COLUMNS)
    assert set(points[columns].itertuples(index=False)) == set(
        added[columns].itertuples(index=False)
    )
    assert dict(added[tables.TUMOR_RADIUS_UM].value_counts()) == {50: 3, 100: 3}
    assert len(dataset) == 2 * 8 + 6
    assert dataset[tables.SEED].is_unique
    assert pq.read_schema(folder / "active/round_1/points.parquet").equals(ROUND_SCHEMA)


def test_one_more_round_leaves_the_first_as_it_is(one_round):
    assert planned(one_round, rounds(1)) == {}
    jobs = planned(one_round, rounds(2))
    assert jobs == files_of_round(2) | {"join_radii": JOINED}


def test_without_rounds_nothing_of_them_is_asked_for(one_round):
    assert planned(one_round, {}) == {"join_radii": JOINED}


def test_a_batch_that_is_missing_is_simulated_and_no_other(one_round):
    batch = "results/tnf/active/batches/round_1_radius_100um.parquet"
    ledger = batch.replace(".parquet", ".ledger.parquet")
    kept = {name: (one_round.directory / name).read_bytes() for name in (batch, *JOINED)}
    for name in kept:
        (one_round.directory / name).unlink()
    jobs = planned(one_round, rounds(1))
    for name, content in kept.items():
        (one_round.directory / name).write_bytes(content)
    assert jobs == {"simulate_round": {batch, ledger}, "join_radii": JOINED}


@pytest.mark.slow
def test_failures_of_a_round_are_tried_again_when_someone_asks(one_round, tmp_path):
    copied = one_round.copied_to(tmp_path / "copy")
    batch = copied.directory / "results/tnf/active/batches/round_1_radius_50um.parquet"
    content = batch.read_bytes()
    batch.unlink()
    ledger_path(batch).unlink()
    too_short = {"batches": {"simulation_time_limit_s": 0.001, "max_failed_fraction": 1.0}}
    name = batch.relative_to(copied.directory)
    run = copied.snakemake(target=name, changes=rounds(1, **too_short))
    assert run.returncode == 0, run.stderr
    assert pq.read_table(batch).num_rows == 0

    jobs = copied.planned(target="retry_failed", changes=rounds(1))
    assert [job.rule for job in jobs if job.rule != "retry_failed"] == ["retry_round"]
    run = copied.snakemake(target="retry_failed", changes=rounds(1))
    assert run.returncode == 0, run.stderr
    assert batch.read_bytes() == content
    rows = pq.read_table(ledger_path(batch)).to_pandas()
    assert list(rows[schema.STATUS]) == [Status.TIMED_OUT, Status.OK] * 3
    # The data set was made of the same bytes.
    assert planned(copied, rounds(1)) == {}


def test_drawn_radii_are_one_batch_of_a_round(tmp_path):
    changes = rounds(1)
    changes["tnf"]["active_learning"]["candidates"]["kind"] = "sobol_radius"
    jobs = planned(Campaign(tmp_path), changes)
    batch = "results/tnf/active/batches/round_1_any_radius"
    assert jobs["simulate_round"] == {f"{batch}.parquet", f"{batch}.ledger.parquet"}
