"""The best regimen found for many, simulated for each of them beside other therapies."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.search import SolverConfig
from theraflow.crc import tables
from theraflow.crc.comparison.best import doses_of_weeks
from theraflow.crc.comparison.fronts.merged import NO_DIFFERENCE_PERCENT
from theraflow.crc.comparison.fronts.tables import FRONT, MERGED, RELATIVE_INEFFICACY_PERCENT
from theraflow.crc.comparison.regimens.tables import (
    MEAN_PERCENT,
    PATIENTS,
    PATIENTS_BETTER,
    PERSONAL,
    REGIMEN,
    STATISTIC,
    THERAPY,
    WORST_QUARTER_PERCENT,
    response_by,
)
from theraflow.crc.comparison.responses import ASSESSMENT_DAYS
from theraflow.crc.search.problem import TherapySearch, joined_inefficacy
from theraflow.crc.therapy.inefficacy import inefficacy_of
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.recist import Reading, Response, response_at_horizon
from theraflow.crc.therapy.subject import Subject
from theraflow.crc.therapy.treated_patient import TreatedPatient
from theraflow.search.problem import Values


@dataclass(frozen=True, eq=False)
class Prescription:
    """A therapy as numbers (d,) of the template, and which search found it."""

    therapy: str
    candidate: Values
    algorithm: str | None = None
    seed: int | None = None


def best_regimen(improvements: pd.DataFrame, therapies: TherapySearch) -> Prescription:
    """Return the therapy of the lowest J in improvements of searches of one population.

    ``improvements`` have columns as ``IMPROVEMENTS_SCHEMA``.
    """
    return _lowest(improvements, REGIMEN, therapies)


def personal_best(
    fronts: pd.DataFrame, subject: str, therapies: TherapySearch
) -> list[Prescription]:
    """Return a patient's therapy of the lowest J, of the merged fronts of ``FRONTS_SCHEMA``.

    None for a patient whom nobody searched a therapy for.
    """
    of_patient = fronts[(fronts[tables.SUBJECT] == subject) & (fronts[FRONT] == MERGED)]
    return [_lowest(of_patient, PERSONAL, therapies)] if len(of_patient) else []


def treat_members(
    therapies: TherapySearch,
    prescriptions: Mapping[str, list[Prescription]],
    solver: SolverConfig,
    config: ComparisonConfig,
) -> pd.DataFrame:
    """Simulate each patient of a population under the prescriptions for it, by COPASI.

    ``prescriptions`` map subjects, as patient_1, in the order of the members; the reference comes
    besides. Columns as ``REGIMENS_SCHEMA``, without ``statistic``. Raises ``SolverError`` when an
    integration fails.
    """
    reference = Prescription(tables.REFERENCE, np.array(therapies.problem.reference))
    rows = []
    for member, (subject, prescribed) in zip(
        therapies.subject.members, prescriptions.items(), strict=True
    ):
        patient = _Patient(replace(therapies, subject=Subject((member,))), solver, config)
        rows += [
            {tables.SUBJECT: subject, **patient.under(each)} for each in [reference, *prescribed]
        ]
        patient.treated.close()
    table = pd.DataFrame(rows)
    return table.assign(**{tables.SEED: table[tables.SEED].astype("Int64")})


def summarise_regimens(regimens: pd.DataFrame, config: ComparisonConfig) -> pd.DataFrame:
    """Summarise patients under each therapy: columns as ``REGIMEN_SUMMARY_SCHEMA``.

    Each statistic counts the same patients under all of its therapies: those with a personal one.
    """
    response = response_by(Reading(config.response_reading))
    personal = regimens.loc[regimens[THERAPY] == PERSONAL, tables.SUBJECT]
    counted = regimens[regimens[tables.SUBJECT].isin(personal)]
    rows = []
    for (statistic, therapy), group in counted.groupby([STATISTIC, THERAPY]):
        inefficacy = group[RELATIVE_INEFFICACY_PERCENT].to_numpy()
        drugs = group[[tables.DRUG_QUANTITY_PERCENT, *tables.DRUG_PERCENT]].mean()
        responses = group[response].tolist()
        rows.append(
            {
                STATISTIC: statistic,
                THERAPY: therapy,
                PATIENTS: len(group),
                MEAN_PERCENT: inefficacy.mean(),
                WORST_QUARTER_PERCENT: joined_inefficacy(inefficacy[None], "worst_quarter")[0],
                PATIENTS_BETTER: int((inefficacy <= 100 - NO_DIFFERENCE_PERCENT).sum()),
                **{str(name): float(value) for name, value in drugs.items()},
                **{str(each): responses.count(each) for each in Response},
            }
        )
    return pd.DataFrame(rows)


def doses_of_regimen(prescription: Prescription, therapies: TherapySearch) -> pd.DataFrame:
    """List the doses of a regimen (mg) by weeks from 1."""
    return doses_of_weeks(therapies.schedule.weekly_dose_mg(prescription.candidate[None])[0])


def _lowest(rows: pd.DataFrame, therapy: str, therapies: TherapySearch) -> Prescription:
    names = tables.parameter_columns(therapies.problem.space.variables)
    (best,) = rows.nsmallest(1, tables.OBJECTIVE).to_dict("records")
    candidate = np.array([best[name] for name in names], dtype=np.float64)
    return Prescription(therapy, candidate, str(best[tables.ALGORITHM]), int(best[tables.SEED]))


@dataclass(frozen=True)
class _Patient:
    """``therapies`` are those of this patient alone."""

    therapies: TherapySearch
    solver: SolverConfig
    config: ComparisonConfig

    @cached_property
    def treated(self) -> TreatedPatient:
        (member,) = self.therapies.subject.members
        return TreatedPatient(
            member.start, self.therapies.model, self.therapies.model_config, self.therapies.config
        )

    def under(self, prescription: Prescription) -> dict[str, object]:
        """Tell what a therapy achieves, by columns of ``REGIMENS_SCHEMA``."""
        therapy = self.therapies.config
        weekly_mg = self.therapies.schedule.weekly_dose_mg(prescription.candidate[None])[0]
        course = self.treated.course(weekly_mg, therapy.horizon_days, self.solver, ASSESSMENT_DAYS)
        course_mm = course[DIAMETER_MM].to_numpy()
        end_mm = course_mm[-1]
        if therapy.tail_days:
            end_mm = self.treated.end_diameter_mm(weekly_mg, self.therapies.end_days, self.solver)
        return {
            THERAPY: prescription.therapy,
            tables.ALGORITHM: prescription.algorithm,
            tables.SEED: prescription.seed,
            **self._achieved(prescription.candidate, end_mm),
            **{
                response_by(reading): str(response_at_horizon(course_mm, reading, self.config))
                for reading in Reading
            },
        }

    def _achieved(self, candidate: Values, end_mm: float) -> dict[str, float]:
        (member,) = self.therapies.subject.members
        relative = inefficacy_of("relative", member.start.diameter_mm, member.reference_diameter_mm)
        terms = self.therapies.evaluations(candidate[None], np.array([[end_mm]])).terms[0]
        names = [term.name for term in self.therapies.problem.terms]
        by_name = dict(zip(names, terms.tolist(), strict=True))
        inefficacy = relative.of_diameter(np.array(end_mm))
        del by_name[tables.INEFFICACY]
        return {RELATIVE_INEFFICACY_PERCENT: float(inefficacy), **by_name}
