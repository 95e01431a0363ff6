"""Compiled growth of a batch against COPASI's, and patients whom COPASI must confirm."""

from pathlib import Path

import pandas as pd
import pytest
from support.crc_reference import REFERENCE, conditions_of

from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.crc import tables
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.confirmation import Confirmation, Tolerance, reject
from theraflow.crc.patients.growth import Outcome, grow_batch
from theraflow.crc.patients.growth_batch import grow_again, grow_candidates
from theraflow.crc.patients.lookup import with_amounts
from theraflow.crc.patients.sampling import sample_patients
from theraflow.crc.patients.selection import select_patients
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema

# What all tests of this file ask for is made by one worker of pytest.
pytestmark = pytest.mark.xdist_group("confirmation")

SAMPLED = 6
WHOLE_POPULATION = {"responder": {"definition": "below_untreated", "reduction_percent": 0}}


@pytest.fixture(scope="module")
def candidates(study_model: StudyModel) -> pd.DataFrame:
    """Six of a sample, and two whose outcomes are rare."""
    config = PatientsConfig(candidates=SAMPLED, batch_size=SAMPLED, seed=5)
    usual = {**REFERENCE, tables.INITIAL_DIAMETER_CM: 2.0}
    rare = [
        {tables.CANDIDATE: "cell", **usual, tables.INITIAL_DIAMETER_CM: 1e-4},
        {tables.CANDIDATE: "slow", **usual, "k_C1_growth": 0.001},
    ]
    sample = sample_patients(study_model.distributions, config)
    return pd.concat([sample, pd.DataFrame(rare)], ignore_index=True)


@pytest.fixture(scope="module")
def compiled(
    candidates: pd.DataFrame,
    study_model: StudyModel,
    config: CrcConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> pd.DataFrame:
    """The batch as a job grows it."""
    folder = tmp_path_factory.mktemp("batch")
    file = folder / "a.parquet"
    budget = FailureBudget(folder / "failures", None, "")
    conditions, policy = conditions_of(config), config.patients
    grow_candidates(candidates, study_model, conditions, policy, file, Job.here(), budget, {})
    ledger = pd.read_parquet(file.with_suffix(".ledger.parquet"))
    assert ledger[schema.KEY].nunique() == len(ledger) == len(candidates)
    return pd.read_parquet(file)


@pytest.fixture(scope="module")
def by_copasi(candidates: pd.DataFrame, study_model: StudyModel, config: CrcConfig) -> pd.DataFrame:
    return grow_batch(candidates, study_model, conditions_of(config))


def test_a_compiled_batch_is_what_copasi_makes_of_it(
    compiled: pd.DataFrame, by_copasi: pd.DataFrame, config: CrcConfig
) -> None:
    assert compiled[tables.OUTCOME].tolist() == by_copasi[tables.OUTCOME].tolist()
    assert set(compiled[tables.OUTCOME]) == {
        Outcome.ADMISSIBLE,
        Outcome.NEVER_REACHES_DIAMETER,
        Outcome.IMPLAUSIBLE,
    }
    tolerance = Tolerance.of(conditions_of(config))
    is_admissible = compiled[tables.OUTCOME] == Outcome.ADMISSIBLE
    for row in compiled.index[is_admissible]:
        assert reject(compiled.loc[row], by_copasi.loc[row], tolerance) is None
    smallest = [tables.smallest_diameter(arm) for arm in tables.ARMS]
    ratio = compiled.loc[is_admissible, smallest] / by_copasi.loc[is_admissible, smallest]
    assert (abs(ratio - 1) < tolerance.end_diameter).all(axis=None)
    assert compiled.loc[~is_admissible, list(tables.GROWTH_RESULTS)].isna().all(axis=None)
    assert compiled.loc[~is_admissible, tables.OUTCOME_DETAIL].str.len().all()


def test_a_compiled_batch_holds_no_amounts(compiled: pd.DataFrame) -> None:
    names = ["candidate", *REFERENCE, tables.INITIAL_DIAMETER_CM]
    results = [tables.OUTCOME, tables.OUTCOME_DETAIL, *tables.GROWTH_RESULTS]
    assert sorted(compiled.columns) == sorted([*names, *results])


def test_tolerances_follow_those_of_copasi(config: CrcConfig) -> None:
    search = config.search.model_copy(
        update={"search_solver": SolverConfig(relative_tolerance=1e-5)}
    )
    tight = conditions_of(config.model_copy(update={"search": search}))
    assert Tolerance.of(tight).end_diameter == pytest.approx(2e-4)


@pytest.mark.parametrize(
    ("column", "factor"),
    [
        (tables.START_DAY, 1.001),
        (tables.START_DIAMETER_MM, 1.001),
        (tables.end_diameter("untreated"), 1.01),
        (tables.end_diameter("cibisatamab"), 0.99),
        (tables.end_diameter("reference"), 0.99),
    ],
)
def test_a_patient_whom_copasi_does_not_confirm_gives_place_to_the_next(
    column: str, factor: float, compiled: pd.DataFrame, by_copasi: pd.DataFrame
) -> None:
    admissible = compiled[compiled[tables.OUTCOME] == Outcome.ADMISSIBLE]
    first, second, third = admissible[tables.CANDIDATE].head(3)
    patients = compiled.copy()
    patients.loc[patients[tables.CANDIDATE] == first, column] *= factor
    asked: list[list[str]] = []

    def grow(candidates: pd.DataFrame) -> pd.DataFrame:
        asked.append(candidates[tables.CANDIDATE].tolist())
        grown = by_copasi.set_index(tables.CANDIDATE)
        return grown.loc[candidates[tables.CANDIDATE]].reset_index()

    config = PatientsConfig.model_validate({"responders": 2, **WHOLE_POPULATION})
    selection = select_patients(patients, config, Confirmation(grow, Tolerance()))
    assert selection.selected[tables.CANDIDATE].tolist() == [second, third]
    assert selection.selected[tables.PATIENT].tolist() == [1, 2]
    assert selection.selected[tables.AMOUNT_PREFIX + "V_T_C1"].notna().all()
    assert asked == [[first, second], [third]]
    (rejected,) = selection.rejected.to_dict("records")
    assert (rejected["candidate"], rejected["quantity"]) == (first, column)
    assert list(selection.rejected.columns) == tables.REJECTED_SCHEMA.names
    assert selection.outcomes.set_index("class")["candidates"]["rejected"] == 1


def test_what_copasi_cannot_tell_is_no_agreement(by_copasi: pd.DataFrame) -> None:
    row = by_copasi.loc[by_copasi[tables.OUTCOME] == Outcome.ADMISSIBLE].iloc[0]
    unknown = row.copy()
    unknown[tables.end_diameter("reference")] = float("nan")
    rejection = reject(row, unknown, Tolerance())
    assert rejection is not None
    assert rejection.quantity == tables.end_diameter("reference")


def test_other_outcomes_and_other_responses_are_rejected(
    compiled: pd.DataFrame, by_copasi: pd.DataFrame
) -> None:
    admissible = compiled[compiled[tables.OUTCOME] == Outcome.ADMISSIBLE].head(1)
    config = PatientsConfig.model_validate({"responders": 1, **WHOLE_POPULATION})
    grown = by_copasi[by_copasi[tables.CANDIDATE].isin(admissible[tables.CANDIDATE])].copy()

    def message(change: dict[str, object]) -> str:
        confirmation = Confirmation(lambda _: grown.assign(**change), Tolerance(end_diameter=1.0))
        with pytest.raises(UserError) as error:
            select_patients(admissible, config, confirmation)
        return str(error.value)

    failed = {tables.OUTCOME: Outcome.SOLVER_FAILED, tables.OUTCOME_DETAIL: "it took too long"}
    assert "solver_failed when COPASI grows it: it took too long" in message(failed)
    untreated_mm = grown[tables.end_diameter("untreated")].iloc[0]
    assert "does not respond when COPASI grows it" in message(
        {tables.end_diameter("reference"): 1.01 * untreated_mm}
    )


def test_what_copasi_has_grown_again_is_kept(
    compiled: pd.DataFrame, study_model: StudyModel, config: CrcConfig, tmp_path: Path
) -> None:
    admissible = compiled[compiled[tables.OUTCOME] == Outcome.ADMISSIBLE].head(3)
    file = tmp_path / "confirmations.parquet"

    def grow(candidates: pd.DataFrame, config: CrcConfig = config) -> pd.DataFrame:
        budget = FailureBudget(tmp_path / "failures", None, "")
        conditions, policy = conditions_of(config), config.patients
        return grow_again(
            candidates, study_model, conditions, policy, file, Job.here(), budget, {}, workers=2
        )

    assert grow(admissible.head(0)).empty
    first = grow(admissible.head(1))
    assert (
        grow(admissible.iloc[1:])[tables.CANDIDATE].tolist()
        == admissible[tables.CANDIDATE].iloc[1:].tolist()
    )
    pd.testing.assert_frame_equal(grow(admissible.head(1)), first)
    assert set(pd.read_parquet(file)[tables.CANDIDATE]) == set(admissible[tables.CANDIDATE])
    ledger = pd.read_parquet(file.with_suffix(".ledger.parquet"))
    assert ledger[schema.KEY].nunique() == len(ledger) == 3
    shorter = config.model_copy(update={"therapy": TherapyConfig(horizon_days=200)})
    name = tables.end_diameter("untreated")
    assert (grow(admissible.head(1), shorter)[name] < first[name]).all()
    pd.testing.assert_frame_equal(grow(admissible.head(1)), first, rtol=1e-3)


def test_a_patient_without_amounts_is_grown_by_copasi(
    compiled: pd.DataFrame, by_copasi: pd.DataFrame, study_model: StudyModel, config: CrcConfig
) -> None:
    place = int((compiled[tables.OUTCOME] == Outcome.ADMISSIBLE).to_numpy().argmax())
    row = {str(name): value for name, value in compiled.iloc[place].items()}
    grown = with_amounts(row, study_model, conditions_of(config))
    expected = by_copasi.iloc[place]
    assert set(grown) == set(expected.index)
    numbers = [name for name, value in expected.items() if isinstance(value, float)]
    # COPASI repeats itself only to its own tolerance, that of the arms by 3e-5.
    assert [grown[str(name)] for name in numbers] == pytest.approx(
        expected[numbers].tolist(), rel=1e-3, abs=1e-9
    )
    assert with_amounts(grown, study_model, conditions_of(config)) is grown
    del row["k_T1"]
    with pytest.raises(UserError, match="has no parameter 'k_T1'"):
        with_amounts(row, study_model, conditions_of(config))
