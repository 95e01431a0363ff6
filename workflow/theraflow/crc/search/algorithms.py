"""What the algorithms of the config search with: what evaluates for them, what they may spend."""

from pathlib import Path

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.crc.search.evaluators.compiled import CompiledEvaluator
from theraflow.crc.search.evaluators.copasi import CopasiEvaluator
from theraflow.crc.search.plan import budget_of
from theraflow.crc.search.problem import TherapySearch
from theraflow.search.budget import Budget
from theraflow.search.evaluator import Evaluator


def make_evaluator(
    algorithm: AlgorithmConfig, search: TherapySearch, config: SearchConfig
) -> Evaluator:
    """Return what simulates the therapies of an algorithm."""
    if algorithm.evaluator == "compiled":
        return CompiledEvaluator(search)
    return CopasiEvaluator(search, config.search_solver)


def spendable(algorithm: AlgorithmConfig, config: SearchConfig) -> Budget:
    """Return what a search by an algorithm may spend."""
    seconds, evaluations = budget_of(algorithm, config)
    return Budget(evaluations=evaluations, wall_s=seconds)


def problem_file_of(subject_file: Path) -> Path:
    """Name the COPASI file beside the file that tells who is treated."""
    return subject_file.with_suffix(".cps")
