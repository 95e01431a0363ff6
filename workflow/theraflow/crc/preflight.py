"""What a study of therapies will do, told before it starts."""

from dataclasses import dataclass
from typing import Final

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.crc.checks import check_grower, check_study
from theraflow.crc.cost import CPU_S_PER_CANDIDATE, CPU_S_PER_EVALUATION

_S_PER_HOUR: Final = 3600


@dataclass(frozen=True)
class StudyLoad:
    """The work of a study; core-hours are estimates."""

    candidates: int
    patients: int
    searches: int
    growth_core_hours: float
    search_core_hours: float


def preflight(model: ModelConfig, patients: PatientsConfig, search: SearchConfig) -> StudyLoad:
    """Estimate the work of a study; raises ``UserError`` for what cannot run."""
    check_grower(check_study(model, patients, search), model, patients)
    searches = patients.responders * len(search.algorithms) * len(search.seeds)
    search_s = search.budget_seconds
    if search_s is None:
        search_s = (search.budget_evaluations or 0) * CPU_S_PER_EVALUATION
    growth_s = patients.candidates * CPU_S_PER_CANDIDATE[patients.grower]
    return StudyLoad(
        candidates=patients.candidates,
        patients=patients.responders,
        searches=searches,
        growth_core_hours=growth_s / _S_PER_HOUR,
        search_core_hours=searches * search_s / _S_PER_HOUR,
    )
