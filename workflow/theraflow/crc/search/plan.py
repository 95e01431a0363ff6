"""Which searches a config asks for: pure and fast, as the workflow is read by every job."""

from collections.abc import Iterator
from dataclasses import dataclass

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.therapy import TherapyConfig


@dataclass(frozen=True)
class PlannedSearch:
    """A search of a subject by an algorithm, both by their names, with a seed."""

    subject: str
    algorithm: str
    seed: int


def plan_searches(config: SearchConfig, responders: int) -> list[PlannedSearch]:
    """List all searches: those of every patient, then those of regimens for many."""
    personal = [
        PlannedSearch(patient_subject(patient), name, seed)
        for patient in range(1, responders + 1)
        for name, algorithm in config.algorithms.items()
        if algorithm.patients is None or patient <= algorithm.patients
        for seed in seeds_of(algorithm, config)
    ]
    return personal + list(_regimens(config))


def patient_subject(patient: int) -> str:
    """Name the subject that is one patient."""
    return f"patient_{patient}"


def population_subject(statistic: str) -> str:
    """Name the subject that is a population."""
    return f"population_{statistic}"


def copasi_knows(therapy: TherapyConfig) -> bool:
    """Tell whether COPASI's own loop can search therapies of the template."""
    vials = therapy.atezolizumab.vial_sizes_mg + therapy.cibisatamab.vial_sizes_mg
    return therapy.template == "monthly" and not vials


def seeds_of(algorithm: AlgorithmConfig, config: SearchConfig) -> tuple[int, ...]:
    """Return the seeds of an algorithm: its own, or else the study's."""
    return config.seeds if algorithm.seeds is None else algorithm.seeds


def budget_of(algorithm: AlgorithmConfig, config: SearchConfig) -> tuple[float | None, int | None]:
    """Return the budget of an algorithm, its own or else the study's: seconds and evaluations."""
    own = algorithm.budget_seconds, algorithm.budget_evaluations
    return own if own != (None, None) else (config.budget_seconds, config.budget_evaluations)


def _regimens(config: SearchConfig) -> Iterator[PlannedSearch]:
    for statistic in config.regimen.statistics:
        for name in config.regimen.algorithms:
            for seed in seeds_of(config.algorithms[name], config):
                yield PlannedSearch(population_subject(statistic), name, seed)
