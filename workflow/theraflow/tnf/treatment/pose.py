"""Searches of a config, posed: problem, evaluator, method and budget."""

from dataclasses import dataclass

from theraflow.config.tnf.treatment import TreatmentConfig
from theraflow.search.budget import Budget
from theraflow.search.evaluator import Evaluator
from theraflow.search.methods.method import Objectives
from theraflow.search.methods.registry import choose
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.treatment.evaluators import SimulationEvaluator, SurrogateEvaluator
from theraflow.tnf.treatment.predictor import TrajectoryPredictor
from theraflow.tnf.treatment.problem import Region, Target, TreatmentProblem
from theraflow.tnf.treatment.search import TreatmentSearch


@dataclass(frozen=True)
class Simulator:
    """An engine that searches evaluate by, with the seed of all simulations."""

    engine: Engine
    base_seed: int
    workers: int = 1

    def evaluator(self, posed: TreatmentProblem, replicates: int) -> SimulationEvaluator:
        """Return what evaluates treatments of a problem by so many simulations each."""
        return SimulationEvaluator(posed, self.engine, replicates, self.base_seed, self.workers)


def pose_treatment_search(
    name: str,
    seed: int,
    target: Target,
    config: TreatmentConfig,
    source: TrajectoryPredictor | Simulator,
) -> TreatmentSearch:
    """Pose a search that the config names.

    ``source`` is what predicts for it. Raises ``UserError`` for a method that does not exist, and
    for a surrogate of other radii, another horizon or other treatments.
    """
    search = config.searches[name]
    chosen = choose(search.method, search.settings)
    region = Region.of(config.region, target.horizon_min)
    is_front = chosen.method.objectives is Objectives.MANY
    evaluator: Evaluator
    if isinstance(source, Simulator):
        posed = TreatmentProblem(target, region, config.objective, is_front)
        evaluator = source.evaluator(posed, config.search_replicates)
    else:
        posed = TreatmentProblem(target, region.within(source.domain), config.objective, is_front)
        evaluator = SurrogateEvaluator(posed, source)
    budget = Budget(evaluations=search.budget_evaluations or config.budget_evaluations)
    return TreatmentSearch(name, search.evaluator, posed, evaluator, chosen, budget, seed)


def pose_refinement(
    start: tuple[float, float, float],
    found_by: str,
    target: Target,
    config: TreatmentConfig,
    simulator: Simulator,
) -> TreatmentSearch:
    """Pose the search by a simulator that begins at a treatment which simulations have chosen.

    It may leave what a surrogate was trained on. Raises ``UserError`` for a method that does not
    exist.
    """
    refinement = config.refinement
    region = Region.of(config.region, target.horizon_min)
    posed = TreatmentProblem(target, region, config.objective, start=start)
    return TreatmentSearch(
        f"{found_by}_refinement",
        f"{found_by}_refined",
        posed,
        simulator.evaluator(posed, refinement.replicates),
        choose(refinement.method, refinement.settings),
        Budget(evaluations=refinement.budget_evaluations),
        seed=1,
    )
