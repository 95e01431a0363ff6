"""Which treatments a config asks for: pure and fast, as the workflow is read by every job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from theraflow.config.tnf.study import TnfConfig
from theraflow.config.tnf.treatment import TreatmentConfig
from theraflow.core.errors import UserError
from theraflow.search.methods.registry import choose
from theraflow.tnf.treatment.problem import Target

ENGINE: Final = "engine"
GENERAL: Final = "general"


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
