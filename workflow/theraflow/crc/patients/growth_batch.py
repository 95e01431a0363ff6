"""Growing one batch of candidates: what is grown is kept, whatever ends the job."""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash
from theraflow.core.parquet import read_frames, write_frame, write_table
from theraflow.crc import tables
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.patients.batches import growth_identity
from theraflow.crc.patients.growth import Grower, Outcome, records
from theraflow.work.failure_budget import FailureBudget
from theraflow.work.job import Job
from theraflow.work.ledger import schema
from theraflow.work.ledger.attempts import Attempts, Row
from theraflow.work.ledger.files import JOURNAL_SUFFIX, LEDGER_SUFFIX, read_own_rows
from theraflow.work.ledger.journal import Journal
from theraflow.work.pool import Outcome as TaskOutcome
from theraflow.work.pool import run_tasks
from theraflow.work.status import FINAL, Status

Patient = dict[str, Any]

_STATUS_OF_OUTCOME: Final = {
    Outcome.ADMISSIBLE: Status.OK,
    Outcome.NEVER_REACHES_DIAMETER: Status.REJECTED,
    Outcome.IMPLAUSIBLE: Status.REJECTED,
    Outcome.SOLVER_FAILED: Status.FAILED,
}


def growth_budget(policy: PatientsConfig) -> FailureBudget:
    """Return how many failed growths the whole campaign bears."""
    setting = "crc.patients.max_failed_growths"
    return FailureBudget(Path("results/crc/failures"), policy.max_failed_growths, setting)


def grow_candidates(
    candidates: pd.DataFrame,
    model: StudyModel,
    config: CrcConfig,
    patients_file: Path,
    job: Job,
    budget: FailureBudget,
    provenance: Mapping[str, Any],
) -> None:
    """Grow every candidate and write the patients, and the ledger of the attempts beside them.

    Patients go to a journal as they are grown, so that a killed job goes on where it was; those
    that an earlier run has settled are taken over. A growth that crashes, or takes more than the
    config allows, fails alone. Raises ``UserError`` when more fail than the config allows for the
    batch, or ``budget`` for the campaign.
    """
    ledger_file = patients_file.with_suffix(LEDGER_SUFFIX)
    earlier = read_own_rows(ledger_file)
    keys = _keys(candidates, config)
    with Journal(patients_file.with_suffix(JOURNAL_SUFFIX)) as journal:
        attempts = Attempts(journal, job, schema.GROWTH, patients_file.stem, earlier)
        grown = _settled_patients(patients_file, earlier, keys) | attempts.final_results()
        to_do = [item for item in records(candidates) if keys[_name(item)] not in grown]
        newly_grown = _grow(to_do, keys, model, config, attempts)
        with attempts.noting_termination(), closing(newly_grown):
            for patient in newly_grown:
                grown[keys[_name(patient)]] = patient
                budget.note(patients_file.stem, _failures(grown.values()).total())
                budget.check()
        patients = [grown[keys[_name(candidate)]] for candidate in records(candidates)]
        budget.note(patients_file.stem, _failures(patients).total())
        _check_failures(patients, config)
        write_frame(pd.DataFrame(patients), patients_file, provenance)
        ledger = pa.Table.from_pylist(attempts.rows(), schema=schema.LEDGER_SCHEMA)
        write_table(ledger, ledger_file, provenance)
        journal.remove()


def _keys(candidates: pd.DataFrame, config: CrcConfig) -> dict[str, str]:
    """Name each growth by all that decides it; of its batch nothing does."""
    identity = content_hash(growth_identity(config))
    return {
        str(patient): content_hash({"growth": identity, "patient": str(patient)})
        for patient in candidates[tables.PATIENT]
    }


def _name(patient: Mapping[str, object]) -> str:
    return str(patient[tables.PATIENT])


def _settled_patients(
    patients_file: Path, earlier: Sequence[Row], keys: Mapping[str, str]
) -> dict[str, Patient]:
    settled = {row[schema.KEY] for row in earlier if row[schema.STATUS] in FINAL}
    if not settled or not patients_file.exists():
        return {}
    patients = records(read_frames([patients_file]))
    return {
        key: patient
        for patient in patients
        if (key := keys.get(_name(patient), "")) and key in settled
    }


def _grow(
    candidates: Sequence[Patient],
    keys: Mapping[str, str],
    model: StudyModel,
    config: CrcConfig,
    attempts: Attempts,
) -> Generator[Patient]:
    """Grow candidates in a process of their own, note every attempt, and yield the patients."""
    if not candidates:
        return
    grower = Grower(model, config)
    by_name = {_name(candidate): candidate for candidate in candidates}
    outcomes = run_tasks(
        list(by_name),
        lambda name: grower.grow(by_name[name]),
        1,
        time_limit_s=config.patients.growth_time_limit_s,
        on_start=lambda name: attempts.begin(keys[name], config.patients.seed),
    )
    for outcome in outcomes:
        patient = outcome.result
        if patient is None:
            patient = grower.failed(by_name[outcome.task], outcome.reason)
        attempts.end(keys[outcome.task], _classified(outcome, patient), patient)
        yield patient


def _classified(outcome: TaskOutcome[str, Patient], patient: Patient) -> TaskOutcome[str, Patient]:
    """Class an attempt by what became of its patient."""
    if outcome.status is not Status.OK:
        return outcome
    status = _STATUS_OF_OUTCOME[Outcome(str(patient[tables.OUTCOME]))]
    reason = "" if status is Status.OK else f"{patient[tables.OUTCOME]}: "
    return replace(outcome, status=status, reason=reason + str(patient[tables.OUTCOME_DETAIL]))


def _failures(patients: Iterable[Patient]) -> Counter[str]:
    """Count the failed growths by their reason."""
    return Counter(
        str(patient[tables.OUTCOME_DETAIL])
        for patient in patients
        if patient[tables.OUTCOME] == Outcome.SOLVER_FAILED
    )


def _check_failures(patients: Sequence[Patient], config: CrcConfig) -> None:
    reasons = _failures(patients)
    allowed = config.patients.max_failed_fraction
    if reasons.total() > allowed * len(patients):
        listed = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3))
        raise UserError(
            f"{reasons.total()} of {len(patients)} growths failed, more than "
            f"crc.patients.max_failed_fraction = {allowed:g} allows: {listed}; the others are "
            "kept, and the next run tries only the failed ones again"
        )
