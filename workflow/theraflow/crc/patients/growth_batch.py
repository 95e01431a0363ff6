"""Growing one batch of candidates: its pieces, its known results and its tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import pandas as pd
import pyarrow as pa

from theraflow.config.crc.patients import PatientsConfig
from theraflow.core.columns import expanded
from theraflow.core.identity import content_hash
from theraflow.core.parquet import read_frames, read_provenance, write_frame, write_table
from theraflow.crc import tables
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.batches import COMPILED, COPASI, growth_identity
from theraflow.crc.patients.compiled_growth import CompiledGrower
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.patients.growth import Grower, Outcome, records
from theraflow.work.batch import Known, Piece, Tolerance, Work, run_batch
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Row
from theraflow.work.ledger.files import LEDGER_SUFFIX
from theraflow.work.pool import Outcome as TaskOutcome
from theraflow.work.status import FINAL, Status

Patient = dict[str, Any]

# Names, in a file's provenance, all that decides the growths in it.
_GROWTH: Final = "growth"

_STATUS_OF_OUTCOME: Final = {
    Outcome.ADMISSIBLE: Status.OK,
    Outcome.NEVER_REACHES_DIAMETER: Status.REJECTED,
    Outcome.IMPLAUSIBLE: Status.REJECTED,
    Outcome.SOLVER_FAILED: Status.FAILED,
}


def growth_budget(policy: PatientsConfig) -> FailureBudget:
    """Return how many failed growths the whole campaign tolerates."""
    setting = "crc.patients.max_failed_growths"
    return FailureBudget(Path("results/crc/failures"), policy.max_failed_growths, setting)


def grow_candidates(
    candidates: pd.DataFrame,
    model: StudyModel,
    conditions: GrowthConditions,
    policy: PatientsConfig,
    patients_file: Path,
    job: Job,
    budget: FailureBudget,
    provenance: Mapping[str, Any],
) -> None:
    """Grow every candidate and write the patients, and the ledger of the attempts beside them.

    Patients that an earlier run has settled are taken over. A growth that crashes, or takes more
    than the config allows, fails alone. Raises ``UserError`` as ``run_batch`` does.
    """
    tolerance = Tolerance(
        policy.max_failed_fraction,
        "crc.patients.max_failed_fraction",
        # A compiled growth ends after so many steps, and has others beside it.
        None if policy.grower == COMPILED else policy.growth_time_limit_s,
    )
    work = _Growths(candidates, model, conditions, policy, patients_file, provenance, policy.grower)
    run_batch(work, patients_file, job, tolerance, budget, workers=1)


def grow_again(
    candidates: pd.DataFrame,
    model: StudyModel,
    conditions: GrowthConditions,
    policy: PatientsConfig,
    patients_file: Path,
    job: Job,
    budget: FailureBudget,
    provenance: Mapping[str, Any],
    workers: int,
) -> pd.DataFrame:
    """Grow candidates by COPASI and return their rows, in the same order.

    They are written as ``grow_candidates`` does, beside those that earlier runs have grown. A
    failure is an outcome.
    """
    tolerance = Tolerance(1.0, time_limit_s=policy.growth_time_limit_s)
    work = _Growths(candidates, model, conditions, policy, patients_file, provenance, COPASI)
    run_batch(work, patients_file, job, tolerance, budget, workers=workers)
    grown = read_frames([patients_file]).set_index(tables.CANDIDATE)
    return grown.loc[candidates[tables.CANDIDATE]].reset_index()


class _Growths(Work[Patient, Patient]):
    kind: ClassVar[str] = schema.GROWTH

    def __init__(
        self,
        candidates: pd.DataFrame,
        model: StudyModel,
        conditions: GrowthConditions,
        policy: PatientsConfig,
        patients_file: Path,
        provenance: Mapping[str, Any],
        grower: str,
    ) -> None:
        self._model = model
        self._conditions = conditions
        self._seed = policy.seed
        self._patients_file = patients_file
        self._provenance = provenance
        self._grower_name = grower
        # Each growth is named by all that decides it; of its batch nothing does.
        self._identity = content_hash(growth_identity(conditions, policy, grower))
        self._candidates = {self._key(candidate): candidate for candidate in records(candidates)}

    def _key(self, patient: Patient) -> str:
        return content_hash({_GROWTH: self._identity, "patient": _name(patient)})

    @cached_property
    def _grower(self) -> Grower | CompiledGrower:
        if self._grower_name == COMPILED:
            candidates = list(self._candidates.values())
            return CompiledGrower(candidates, self._model, self._conditions)
        return Grower(self._model, self._conditions)

    def pieces(self) -> Sequence[Piece[Patient]]:
        return [Piece(key, self._seed, candidate) for key, candidate in self._candidates.items()]

    def prepare(self) -> None:
        _ = self._grower

    def perform(self, task: Patient) -> Patient:
        return self._grower.grow(task)

    def record(
        self, outcome: TaskOutcome[Patient, Patient]
    ) -> tuple[TaskOutcome[Patient, Patient], Patient | None]:
        patient = outcome.result
        if patient is None:
            return outcome, None
        status = _STATUS_OF_OUTCOME[Outcome(str(patient[tables.OUTCOME]))]
        detail = str(patient[tables.OUTCOME_DETAIL])
        reason = f"{patient[tables.OUTCOME]}: {detail}" if status is Status.REJECTED else detail
        return replace(outcome, status=status, reason=reason), (
            None if status is Status.FAILED else patient
        )

    def known(self, missing: Collection[str], earlier: Sequence[Row]) -> Iterable[Known]:
        final = {row[schema.KEY] for row in earlier if row[schema.STATUS] in FINAL}
        wanted = final.intersection(missing)
        if wanted:
            yield from (Known(key, it) for key, it in self._settled() if key in wanted)

    def _settled(self) -> Iterator[tuple[str, Patient]]:
        """Yield the patients that earlier runs have left, with their keys."""
        file = self._patients_file
        if file.exists() and read_provenance(file).get(_GROWTH) == self._identity:
            for patient in records(read_frames([self._patients_file])):
                yield self._key(patient), patient

    def write(self, results: Mapping[str, Any], rows: Sequence[Row]) -> None:
        reasons = {row[schema.KEY]: row[schema.REASON] for row in rows}
        final = {row[schema.KEY] for row in rows if row[schema.STATUS] in FINAL}
        patients = [
            results[key] if key in results else self._grower.failed(candidate, reasons[key])
            for key, candidate in self._candidates.items()
        ]
        patients += [
            patient
            for key, patient in self._settled()
            if key in final and key not in self._candidates
        ]
        ledger = pa.Table.from_pylist(list(rows), schema=schema.LEDGER_SCHEMA)
        write_table(ledger, self._patients_file.with_suffix(LEDGER_SUFFIX), self._provenance)
        frame = pd.DataFrame(patients) if patients else _no_patients()
        schema_of_patients = expanded(tables.GROWN_SCHEMA, frame.columns)
        made_by = {**self._provenance, _GROWTH: self._identity}
        write_frame(frame, self._patients_file, made_by, schema_of_patients)


def _no_patients() -> pd.DataFrame:
    schema_of_patients = expanded(tables.GROWN_SCHEMA, [])
    return pd.DataFrame({name: [] for name in schema_of_patients.names})


def _name(patient: Mapping[str, object]) -> str:
    return str(patient[tables.CANDIDATE])
