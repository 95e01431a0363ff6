"""The algorithms of the config: which method each is, and what evaluates for it."""

from pathlib import Path

from pydantic import ValidationError

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.crc.search.evaluators.compiled import CompiledEvaluator
from theraflow.crc.search.evaluators.copasi import CopasiEvaluator
from theraflow.crc.search.native.loop import COPASI_METHOD
from theraflow.crc.search.native.methods import CopasiSettings, available_methods, check_method
from theraflow.crc.search.plan import budget_of, copasi_knows
from theraflow.crc.search.problem import TherapySearch
from theraflow.search.budget import Budget
from theraflow.search.evaluator import Evaluator
from theraflow.search.methods.method import Objectives
from theraflow.search.methods.registry import ChosenMethod, choose

NATIVE = "native"


def find_algorithm(name: str, config: SearchConfig) -> AlgorithmConfig:
    """Return the algorithm of a name; raises ``UserError`` for one that the config lacks."""
    if name not in config.algorithms:
        raise UserError(f"algorithm '{name}': choose one of {', '.join(config.algorithms)}")
    return config.algorithms[name]


def choose_method(algorithm: AlgorithmConfig) -> ChosenMethod:
    """Return the method of an algorithm; raises ``UserError`` for one that is unknown."""
    if algorithm.evaluator == NATIVE:
        return ChosenMethod(COPASI_METHOD, _settings_of_copasi(algorithm))
    return choose(algorithm.method, algorithm.settings)


def finds_fronts(algorithm: AlgorithmConfig) -> bool:
    """Tell whether an algorithm minimises inefficacy and drugs at once, instead of their sum."""
    return choose_method(algorithm).method.objectives is Objectives.MANY


def check_algorithm(name: str, algorithm: AlgorithmConfig, therapy: TherapyConfig) -> None:
    """Raise ``UserError`` for a method or setting that does not exist or fit the template."""
    place = f"crc.search.algorithms.{name}"
    if algorithm.evaluator != NATIVE:
        try:
            choose_method(algorithm)
        except UserError as error:
            hint = ""
            if algorithm.method in available_methods():
                hint = f"; for COPASI's own {algorithm.method} add `evaluator: native`"
            raise UserError(f"{place}: {error}{hint}") from None
        return
    if not copasi_knows(therapy):
        raise UserError(
            f"{place}: COPASI's own loop knows the monthly template without vials alone; choose "
            "`evaluator: copasi` or `compiled`, or crc.therapy.template: monthly"
        )
    check_method(_settings_of_copasi(algorithm), place)


def _settings_of_copasi(algorithm: AlgorithmConfig) -> CopasiSettings:
    content = algorithm.model_dump(include={"method", "settings"})
    try:
        return CopasiSettings.model_validate(content)
    except ValidationError:
        raise UserError(
            f"settings of COPASI's {algorithm.method}: give numbers, true or false"
        ) from None


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
