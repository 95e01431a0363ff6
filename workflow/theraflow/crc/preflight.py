"""What a study of therapies will do, told before it starts."""

from dataclasses import dataclass
from typing import Final

from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc.cost import CPU_S_PER_CANDIDATE, CPU_S_PER_EVALUATION
from theraflow.crc.passed_checks import check_study_once
from theraflow.crc.search.plan import PlannedSearch, budget_of, plan_searches

_S_PER_HOUR: Final = 3600


@dataclass(frozen=True)
class StudyLoad:
    """The work of a study; core-hours are estimates."""

    candidates: int
    patients: int
    searches: int
    growth_core_hours: float
    search_core_hours: float


def preflight(crc: CrcConfig) -> StudyLoad:
    """Estimate the work of a study; raises ``UserError`` for what cannot run."""
    check_study_once(crc)
    patients, search = crc.patients, crc.search
    planned = plan_searches(search, patients.responders)
    return StudyLoad(
        candidates=patients.candidates,
        patients=patients.responders,
        searches=len(planned),
        growth_core_hours=patients.candidates * CPU_S_PER_CANDIDATE[patients.grower] / _S_PER_HOUR,
        search_core_hours=sum(_expected_s(each, patients, search) for each in planned)
        / _S_PER_HOUR,
    )


def _expected_s(planned: PlannedSearch, patients: PatientsConfig, search: SearchConfig) -> float:
    algorithm = search.algorithms[planned.algorithm]
    seconds, evaluations = budget_of(algorithm, search)
    if seconds is not None:
        return seconds
    treated = 1
    if planned.subject.startswith("population"):
        treated = search.regimen.patients or patients.responders
    return (evaluations or 0) * treated * CPU_S_PER_EVALUATION[algorithm.evaluator]
