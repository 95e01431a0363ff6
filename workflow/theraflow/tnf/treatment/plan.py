"""Which treatments a config asks for, and what they cost; fast, as every job reads the workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from theraflow.config.tnf.study import TnfConfig
from theraflow.config.tnf.treatment import TreatmentConfig
from theraflow.core.errors import UserError
from theraflow.search.methods.registry import choose
from theraflow.tnf.campaign.cost import expected_cpu_s
from theraflow.tnf.treatment.problem import Target

ENGINE: Final = "engine"
GENERAL: Final = "general"
_SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True)
class PlannedSearch:
    """A search for a target, by the name that the config gives it, with a seed."""

    target: str
    name: str
    seed: int


def plan_targets(tnf: TnfConfig) -> dict[str, Target]:
    """List the targets by their names: each radius, and the worst of several."""
    radii = tnf.treatment.radii_um
    targets = [
        Target((radius,), tnf.horizon_min)
        for radius in (tnf.tumor_radii_um if radii is None else radii)
    ]
    if tnf.treatment.worst_case_radii_um:
        targets.append(Target(tnf.treatment.worst_case_radii_um, tnf.horizon_min))
    return {target.name: target for target in targets}


def plan_treatment_searches(
    config: TreatmentConfig, targets: Sequence[str], evaluator: str | None = None
) -> list[PlannedSearch]:
    """List the searches for targets, those by one evaluator or all."""
    return [
        PlannedSearch(target, name, seed)
        for target in targets
        for name, search in config.searches.items()
        if evaluator in {None, search.evaluator}
        for seed in config.seeds
    ]


def evaluators_of(config: TreatmentConfig) -> list[str]:
    """List what evaluates for the searches, each once."""
    return list(dict.fromkeys(search.evaluator for search in config.searches.values()))


def check_treatment(config: TreatmentConfig) -> None:
    """Raise ``UserError`` for a method or setting that does not exist."""
    for name, search in config.searches.items():
        try:
            choose(search.method, search.settings)
        except UserError as error:
            raise UserError(f"tnf.treatment.searches.{name}: {error}") from None
    if config.refinement.budget_evaluations:
        try:
            choose(config.refinement.method, config.refinement.settings)
        except UserError as error:
            raise UserError(f"tnf.treatment.refinement: {error}") from None


def search_core_hours(tnf: TnfConfig) -> float:
    """Estimate the core-hours of searches by the simulator; those on surrogates take minutes."""
    treatment = tnf.treatment
    targets = plan_targets(tnf)
    cpu_s = 0.0
    for search in plan_treatment_searches(treatment, list(targets), ENGINE):
        settings = treatment.searches[search.name]
        evaluations = settings.budget_evaluations or treatment.budget_evaluations
        simulations = evaluations * treatment.search_replicates
        cpu_s += simulations * _cpu_s_of_target(tnf, targets[search.target].tumor_radii_um)
    return cpu_s / _SECONDS_PER_HOUR


def verification_core_hours(tnf: TnfConfig) -> float:
    """Estimate the core-hours of simulating anew what was found, and of the refinement.

    Candidates of a front and of single objectives may be the same treatments, so that it may take
    less.
    """
    treatment, verification = tnf.treatment, tnf.treatment.verification
    is_refined = treatment.refinement.budget_evaluations > 0
    treatments = verification.candidates * (1 + is_refined) + verification.front_candidates
    refined = treatment.refinement.budget_evaluations * treatment.refinement.replicates
    simulations = treatments * verification.replicates + refined
    once_s = sum(
        _cpu_s_of_target(tnf, target.tumor_radii_um) for target in plan_targets(tnf).values()
    )
    return len(evaluators_of(treatment)) * simulations * once_s / _SECONDS_PER_HOUR


def _cpu_s_of_target(tnf: TnfConfig, tumor_radii_um: tuple[int, ...]) -> float:
    return sum(expected_cpu_s(radius, tnf.engine, tnf.horizon_min) for radius in tumor_radii_um)
