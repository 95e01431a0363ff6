"""The search for a therapy as a problem of ``theraflow.search``, whoever evaluates it."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.model import sbml
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.drugs import Drug, drugs_of
from theraflow.crc.therapy.inefficacy import Inefficacy, inefficacy_of, inefficacy_unit
from theraflow.crc.therapy.schedules import Schedule, schedule_of
from theraflow.crc.therapy.subject import Subject
from theraflow.crc.therapy.therapy import safe_maximum_mg
from theraflow.search.evaluator import Evaluations, Status
from theraflow.search.problem import Constraint, Objective, Problem, Space, Term, Values

INEFFICACY: Final = "inefficacy"
DRUG_QUANTITY: Final = "drug_quantity_percent"
DRUG_PERCENT: Final = ("atezolizumab_percent", "cibisatamab_percent")
DIAMETER_MM: Final = "diameter_mm"
OBJECTIVE: Final = "objective"
EXCESS_MG: Final = ("atezolizumab_excess_mg", "cibisatamab_excess_mg")
MISSING_FIRST_DOSE_MG: Final = "missing_first_dose_mg"

# Sums of doses are rounded; no scale weighs less.
_TOLERANCE_MG: Final = 1e-6
_WORST_SHARE: Final = 0.25
_WEEK_DAYS: Final = 7.0


@dataclass(frozen=True)
class TherapySearch:
    """Who is treated, with which model and template; what candidates mean, and what they achieve.

    ``is_front`` asks for both objectives, inefficacy and drug quantity, instead of their weighted
    sum.
    """

    subject: Subject
    model: StudyModel
    model_config: ModelConfig
    config: TherapyConfig
    is_front: bool = False

    @cached_property
    def schedule(self) -> Schedule:
        """What the numbers of a candidate mean."""
        return schedule_of(self.config)

    @cached_property
    def problem(self) -> Problem:
        """The problem that methods are given."""
        terms = (
            Term(INEFFICACY, inefficacy_unit(self.config.size)),
            Term(DRUG_QUANTITY, "%"),
            *(Term(name, "%") for name in DRUG_PERCENT),
            Term(DIAMETER_MM, "mm"),
        )
        weights = {
            INEFFICACY: self.config.inefficacy_weight,
            DRUG_QUANTITY: self.config.drug_weight,
        }
        drugs = drugs_of(self.config)
        return Problem(
            name=self._name,
            content=self._content,
            space=Space(self.schedule.variables()),
            terms=terms,
            objectives=(
                tuple(map(Objective.of, terms[:2]))
                if self.is_front
                else (Objective(OBJECTIVE, "", weights),)
            ),
            reference=self.schedule.reference(),
            constraints=(
                *(
                    Constraint(name, "mg", _TOLERANCE_MG, drug.safety_limit_mg)
                    for name, drug in zip(EXCESS_MG, drugs, strict=True)
                ),
                Constraint(MISSING_FIRST_DOSE_MG, "mg", 0.0, self.config.smallest_dose_mg),
            ),
        )

    def given_dose_mg(self, candidates: Values) -> Values:
        """Return the doses (n, 2, weeks before the horizon) that candidates (n, d) lead to, mg.

        Doses of later weeks count as drugs, but nobody gets them.
        """
        weekly_mg = self.schedule.weekly_dose_mg(candidates)
        return weekly_mg[:, :, : -int(-self.config.horizon_days // _WEEK_DAYS)]

    def evaluations(self, candidates: Values, diameters_mm: Values) -> Evaluations:
        """Work out terms and constraints of candidates (n, d) from the diameters they lead to.

        ``diameters_mm`` (n, members) are those at the end, NaN where a simulation failed.
        """
        weekly_mg = self.schedule.weekly_dose_mg(candidates)
        percent = 100 * weekly_mg.sum(axis=2) / self._safe_maxima_mg
        inefficacy = np.column_stack(
            [
                reading.of_diameter(diameters_mm[:, index])
                for index, reading in enumerate(self.inefficacies)
            ]
        )
        is_sound = np.isfinite(diameters_mm).all(axis=1)
        terms = np.column_stack(
            [
                joined_inefficacy(inefficacy, self.subject.statistic),
                percent.mean(axis=1),
                percent,
                diameters_mm.mean(axis=1),
            ]
        )
        return Evaluations(
            terms=terms,
            constraints=_constraints(weekly_mg, drugs_of(self.config), self.config),
            status=np.where(is_sound, Status.OK, Status.FAILED).astype(np.int8),
        )

    @cached_property
    def inefficacies(self) -> tuple[Inefficacy, ...]:
        """How the inefficacy of each member follows from its diameter."""
        return tuple(
            inefficacy_of(self.config.size, member.start.diameter_mm, member.reference_diameter_mm)
            for member in self.subject.members
        )

    @property
    def end_days(self) -> float:
        """The day on which the objective judges the tumour."""
        return self.config.horizon_days + self.config.tail_days

    @cached_property
    def _safe_maxima_mg(self) -> NDArray[np.float64]:
        return np.array([safe_maximum_mg(drug, self.config) for drug in drugs_of(self.config)])

    @property
    def _name(self) -> str:
        first = self.subject.members[0].patient
        if not self.subject.is_population:
            return f"patient {first}"
        return f"{self.subject.statistic} of {len(self.subject.members)} patients"

    @property
    def _content(self) -> Mapping[str, Any]:
        document = sbml.document_text(self.model.document)
        return {
            # The number of a patient is a name, and no part of the problem.
            "members": [{**asdict(each), "patient": 0} for each in self.subject.members],
            "statistic": self.subject.statistic,
            "model": hashlib.sha256(document.encode()).hexdigest(),
            "names": self.model_config.identity(),
            "therapy": self.config.identity(),
        }


def joined_inefficacy(inefficacy: Values, statistic: str) -> Values:
    """Reduce the inefficacies (n, members) of a population to one number each (n,).

    ``statistic`` is ``mean``, or ``worst_quarter``: the mean of the worst quarter.
    """
    if statistic == "worst_quarter":
        count = max(1, round(_WORST_SHARE * inefficacy.shape[1]))
        inefficacy = np.sort(inefficacy, axis=1)[:, -count:]
    return np.asarray(inefficacy.mean(axis=1))


def _constraints(
    weekly_mg: Values, drugs: tuple[Drug, Drug], config: TherapyConfig
) -> NDArray[np.float64]:
    """Return the excess over both safety limits, and what the first dose lacks (n, 3), in mg."""
    excess_mg = []
    for index, drug in enumerate(drugs):
        doses_mg = weekly_mg[:, index]
        window = min(drug.safety_window_weeks, doses_mg.shape[1])
        sums = np.lib.stride_tricks.sliding_window_view(doses_mg, window, axis=1).sum(axis=2)
        excess_mg.append(sums.max(axis=1) - drug.safety_limit_mg)
    first_mg = weekly_mg[:, :, 0].sum(axis=1)
    return np.column_stack([*excess_mg, config.smallest_dose_mg - first_mg])
