"""Growths and searches in the ledger: every attempt a row, nothing that is settled again."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from theraflow.campaign import tables
from theraflow.campaign.failure_budget import FailureBudget
from theraflow.campaign.job import Job
from theraflow.campaign.ledger import failed_work
from theraflow.campaign.status import Status
from theraflow.config.crc import CrcConfig, PatientsConfig
from theraflow.crc import columns
from theraflow.crc.batches import growth_identity
from theraflow.crc.growth import Outcome
from theraflow.crc.growth_batch import grow_candidates
from theraflow.crc.model import StudyModel
from theraflow.crc.problem import BrokenProblemError
from theraflow.crc.search_attempt import attempt_search
from theraflow.errors import UserError

from .search_once import search_config


def candidates(study_model: StudyModel) -> pd.DataFrame:
    """One whose tumour stays small, and one that no solver can grow."""
    median = {item.name: float(item.quantile(0.5)) for item in study_model.distributions}
    slow = {columns.PATIENT: "slow"} | median | {"k_C1_growth": 0.001}
    broken = {columns.PATIENT: "broken"} | median | {"q_T1_T_in": float("nan")}
    return pd.DataFrame([slow, broken])


def grow(
    study_model: StudyModel, file: Path, limit: int | None = None, **settings: float
) -> pd.DataFrame:
    config = CrcConfig(patients=PatientsConfig.model_validate(settings))
    budget = FailureBudget(file.parent / "failures", limit, "the_limit")
    grow_candidates(candidates(study_model), study_model, config, file, Job.here(), budget, {})
    ledger: pd.DataFrame = pq.read_table(file.with_suffix(".ledger.parquet")).to_pandas()
    return ledger


def test_only_growths_that_failed_are_tried_again(study_model: StudyModel, tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    grow(study_model, file)
    content = file.read_bytes()
    (failed,) = failed_work(file.with_suffix(".ledger.parquet"))
    assert (failed[tables.STATUS], failed[tables.WORK]) == (Status.FAILED, tables.GROWTH)

    ledger = grow(study_model, file)
    assert file.read_bytes() == content
    attempts = ledger.groupby(tables.KEY)[tables.ATTEMPT].max().to_dict()
    assert sorted(attempts.values()) == [1, 2]
    assert attempts[failed[tables.KEY]] == 2
    (rejected,) = ledger[ledger[tables.STATUS] == Status.REJECTED].to_dict("records")
    assert rejected[tables.REASON].startswith(Outcome.NEVER_REACHES_DIAMETER)
    outcomes = pd.read_parquet(file).set_index(columns.PATIENT)[columns.OUTCOME]
    assert dict(outcomes) == {
        "slow": Outcome.NEVER_REACHES_DIAMETER,
        "broken": Outcome.SOLVER_FAILED,
    }


def test_growths_that_failed_end_batch_and_campaign_where_the_config_says_so(
    study_model: StudyModel, tmp_path: Path
) -> None:
    file = tmp_path / "a.parquet"
    with pytest.raises(UserError, match=r"1 of 2 growths failed, more than .* = 0\.4 allows"):
        grow(study_model, file, max_failed_fraction=0.4)
    with pytest.raises(UserError, match="more than the_limit = 0 of this campaign"):
        grow(study_model, file, limit=0)
    assert not file.exists()
    ledger = grow(study_model, file)
    assert list(ledger[tables.STATUS]).count(Status.REJECTED) == 1
    assert list(ledger[tables.STATUS]).count(Status.FAILED) == 3


def test_a_growth_that_takes_too_long_is_ended(study_model: StudyModel, tmp_path: Path) -> None:
    ledger = grow(study_model, tmp_path / "a.parquet", growth_time_limit_s=0.001)
    assert set(ledger[tables.STATUS]) == {Status.TIMED_OUT}


def test_where_the_batches_are_cut_decides_no_growth() -> None:
    config = CrcConfig()
    more = CrcConfig(patients=PatientsConfig(candidates=config.patients.candidates + 7))
    assert growth_identity(config) == growth_identity(more)


def test_a_search_is_one_attempt_however_often_its_job_runs(
    problem_file: Path, tmp_path: Path
) -> None:
    result = tmp_path / "random_search-7.json"

    def search(problem: Path, evaluations: int) -> pd.DataFrame:
        config = search_config(evaluations)
        attempt_search(problem, 1, "random_search", 7, result, Job.here(), config, {})
        ledger: pd.DataFrame = pq.read_table(
            tmp_path / "random_search-7.ledger.parquet"
        ).to_pandas()
        return ledger

    broken = tmp_path / "broken.cps"
    content = problem_file.read_bytes()
    constraints = content.index(b'name="OptimizationConstraintList"')
    missing = content[constraints:].replace(b"safety_ate", b"safety_nobody", 1)
    broken.write_bytes(content[:constraints] + missing)
    with pytest.raises(BrokenProblemError):
        search(broken, 3)
    assert not result.exists()
    first = search(problem_file, 3)
    assert list(first[tables.STATUS]) == [Status.FAILED, Status.OK]
    assert first[tables.KEY].is_unique
    assert search(problem_file, 3).equals(first)
    more = search(problem_file, 5)
    assert len(more) == 3
    assert more[tables.KEY].is_unique
