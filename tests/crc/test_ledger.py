"""Growths and searches in the ledger: every attempt a row, nothing that is settled again."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from support.crc_reference import conditions_of
from support.search_once import posed

from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.core.fingerprints import THERAFLOW
from theraflow.crc import tables
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.batches import growth_identity
from theraflow.crc.patients.growth import Outcome
from theraflow.crc.patients.growth_batch import grow_candidates
from theraflow.crc.patients.sampling import quantiles
from theraflow.crc.search.attempt import attempt_search
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.therapy.subject import Subject
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import failed_work
from theraflow.work.status import Status


def candidates(study_model: StudyModel) -> pd.DataFrame:
    """One whose tumour stays small, and one that no solver can grow."""
    median = {
        item.name: float(quantiles(item, np.array(0.5))) for item in study_model.distributions
    }
    slow = {tables.CANDIDATE: "slow"} | median | {"k_C1_growth": 0.001}
    broken = {tables.CANDIDATE: "broken"} | median | {"q_T1_T_in": float("inf")}
    return pd.DataFrame([slow, broken])


def grow(
    study_model: StudyModel, file: Path, limit: int | None = None, **settings: float | str
) -> pd.DataFrame:
    config = CrcConfig(patients=PatientsConfig.model_validate(settings))
    budget = FailureBudget(file.parent / "failures", limit, "the_limit")
    conditions = conditions_of(config)
    grow_candidates(
        candidates(study_model),
        study_model,
        conditions,
        config.patients,
        file,
        Job.here(),
        budget,
        {},
    )
    ledger: pd.DataFrame = pq.read_table(file.with_suffix(".ledger.parquet")).to_pandas()
    return ledger


@pytest.mark.parametrize("grower", ["compiled", "copasi"])
def test_only_growths_that_failed_are_tried_again(
    grower: str, study_model: StudyModel, tmp_path: Path
) -> None:
    file = tmp_path / "a.parquet"
    grow(study_model, file, grower=grower)
    content = file.read_bytes()
    (failed,) = failed_work(file.with_suffix(".ledger.parquet"))
    assert (failed[schema.STATUS], failed[schema.WORK]) == (Status.FAILED, schema.GROWTH)

    ledger = grow(study_model, file, grower=grower)
    assert file.read_bytes() == content
    attempts = ledger.groupby(schema.KEY)[schema.ATTEMPT].max().to_dict()
    assert sorted(attempts.values()) == [1, 2]
    assert attempts[failed[schema.KEY]] == 2
    (rejected,) = ledger[ledger[schema.STATUS] == Status.REJECTED].to_dict("records")
    assert rejected[schema.REASON].startswith(Outcome.NEVER_REACHES_DIAMETER)
    outcomes = pd.read_parquet(file).set_index(tables.CANDIDATE)[tables.OUTCOME]
    assert dict(outcomes) == {
        "slow": Outcome.NEVER_REACHES_DIAMETER,
        "broken": Outcome.SOLVER_FAILED,
    }


def test_growths_that_failed_end_batch_and_campaign_where_the_config_says_so(
    study_model: StudyModel, tmp_path: Path
) -> None:
    file = tmp_path / "a.parquet"
    with pytest.raises(UserError, match=r"1 of 2 failed, more than .* = 0\.4 allows"):
        grow(study_model, file, max_failed_fraction=0.4)
    with pytest.raises(UserError, match="more than the_limit = 0 of this campaign"):
        grow(study_model, file, limit=0)
    assert not file.exists()
    ledger = grow(study_model, file)
    assert list(ledger[schema.STATUS]).count(Status.REJECTED) == 1
    assert list(ledger[schema.STATUS]).count(Status.FAILED) == 3


def test_a_growth_that_takes_too_long_is_ended(study_model: StudyModel, tmp_path: Path) -> None:
    ledger = grow(study_model, tmp_path / "a.parquet", grower="copasi", growth_time_limit_s=0.001)
    assert set(ledger[schema.STATUS]) == {Status.TIMED_OUT}


def identity(config: CrcConfig) -> dict[str, Any]:
    return growth_identity(conditions_of(config), config.patients)


def test_where_the_batches_are_cut_decides_no_growth() -> None:
    config = CrcConfig()
    more = CrcConfig(patients=PatientsConfig(candidates=config.patients.candidates + 7))
    assert identity(config) == identity(more)


def with_grower(grower: str) -> CrcConfig:
    return CrcConfig.model_validate({"patients": {"grower": grower}})


def test_growers_have_different_identities() -> None:
    assert identity(with_grower("compiled")) != identity(with_grower("copasi"))


def test_what_is_searched_decides_no_growth() -> None:
    therapy = {
        "template": "weekly",
        "size": "volume_mm3",
        "tail_days": 60,
        "drug_weight": 0.2,
        "cibisatamab": {"vial_sizes_mg": [20]},
    }
    other = CrcConfig.model_validate({"therapy": therapy})
    assert identity(CrcConfig()) == identity(other)


@pytest.mark.parametrize("grower", ["compiled", "copasi"])
def test_tolerances_of_copasi_decide_its_own_growths_alone(grower: str) -> None:
    config = with_grower(grower)
    solver = SearchConfig.model_validate({"search_solver": {"relative_tolerance": 1e-5}})
    other = config.model_copy(update={"search": solver})
    assert (identity(config) == identity(other)) == (grower == "compiled")


@pytest.mark.parametrize(("grower", "edited"), [("compiled", "driver.py"), ("copasi", "copasi.py")])
def test_code_of_a_grower_decides_its_own_growths_alone(
    grower: str, edited: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: identity(with_grower(name)) for name in ("compiled", "copasi")}
    code_hash = THERAFLOW.code_hash
    monkeypatch.setattr(
        THERAFLOW,
        "code_hash",
        lambda file: "edited" if Path(file).name == edited else code_hash(file),
    )
    changed = {name for name in before if identity(with_grower(name)) != before[name]}
    assert changed == {grower}


def test_what_a_milligram_of_a_drug_is_decides_growths(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity(CrcConfig())
    code_hash = THERAFLOW.code_hash

    def other_drugs(file: str) -> str:
        return "edited" if Path(file).name == "drugs.py" else code_hash(file)

    monkeypatch.setattr(THERAFLOW, "code_hash", other_drugs)
    assert identity(CrcConfig()) != before


def search_and_read_ledger(
    therapies: TherapySearch, subject_file: Path, result: Path, name: str, evaluations: int
) -> pd.DataFrame:
    search = posed(therapies, subject_file, name, budget_evaluations=evaluations)
    attempt_search(search, "patient_1", result, Job.here(), {})
    ledger: pd.DataFrame = pq.read_table(result.with_suffix(".ledger.parquet")).to_pandas()
    return ledger


def test_a_search_is_one_attempt_however_often_its_job_runs(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    result = tmp_path / "random_search-7.json"
    broken = tmp_path / "broken.json"
    content = subject_file.with_suffix(".cps").read_bytes()
    constraints = content.index(b'name="OptimizationConstraintList"')
    missing = content[constraints:].replace(b"safety_ate", b"safety_nobody", 1)
    broken.with_suffix(".cps").write_bytes(content[:constraints] + missing)

    def search(file: Path, evaluations: int) -> pd.DataFrame:
        return search_and_read_ledger(therapies, file, result, "random_search", evaluations)

    with pytest.raises(UserError, match="BrokenProblemError: 2 of 3 constraints resolved"):
        search(broken, 3)
    assert not result.exists()
    first = search(subject_file, 3)
    assert list(first[schema.STATUS]) == [Status.FAILED, Status.OK]
    assert list(first[schema.ATTEMPT]) == [1, 2]
    assert search(subject_file, 3).equals(first)
    more = search(subject_file, 5)
    assert len(more) == 3
    assert more[schema.KEY].nunique() == 2


@pytest.mark.slow
def test_a_search_that_its_method_ended_is_no_further_attempt(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    result = tmp_path / "three_samples-7.json"

    def search(evaluations: int) -> pd.DataFrame:
        return search_and_read_ledger(therapies, subject_file, result, "three_samples", evaluations)

    first = search(50)
    written = json.loads(result.read_text())
    (history,) = (path for path in tmp_path.iterdir() if path.is_dir() and path.name != "failures")
    content = {path: path.read_bytes() for path in history.iterdir()}
    assert written["ended_by"] == "method"
    assert list(first[schema.STATUS]) == [Status.OK]
    assert search(50).equals(first)
    assert list(search(500)[schema.STATUS]) == [Status.OK] * 2
    assert json.loads(result.read_text()) == written
    assert {path: path.read_bytes() for path in history.iterdir()} == content
    shutil.rmtree(history)
    assert len(search(50)) == 3


def test_a_history_is_of_one_problem_method_seed_and_evaluator(
    therapies: TherapySearch, subject_file: Path, tmp_path: Path
) -> None:
    search = posed(therapies, subject_file, "cma_es", budget_evaluations=10)
    other_sizes = therapies.config.model_copy(update={"size": "diameter_mm"})
    later = therapies.config.model_copy(update={"tail_days": 30.0})
    (member,) = therapies.subject.members
    numbered = Subject((replace(member, patient=9),))
    others = [
        replace(search, seed=8),
        replace(search, therapies=replace(therapies, config=other_sizes)),
        replace(search, therapies=replace(therapies, config=later)),
        posed(therapies, subject_file, "copasi_de", budget_evaluations=10),
        posed(therapies, subject_file, "front", budget_evaluations=10),
    ]
    folder = search.folder(tmp_path)
    assert all(other.folder(tmp_path) != folder for other in others)
    same = [
        posed(therapies, subject_file, "cma_es", budget_seconds=3.0),
        replace(search, therapies=replace(therapies, subject=numbered)),
    ]
    assert all(each.folder(tmp_path) == folder for each in same)
