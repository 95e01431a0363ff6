"""The algorithms of the config: which method each is, and whether there is such a one."""

from pydantic import ValidationError

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.crc.search.native.settings import COPASI_METHOD, CopasiSettings
from theraflow.crc.search.plan import copasi_knows
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
    if algorithm.evaluator == NATIVE:
        _check_native(place, algorithm, therapy)
        return
    try:
        choose_method(algorithm)
    except UserError as error:
        raise UserError(f"{place}: {error}{_hint(algorithm.method)}") from None


# COPASI is loaded late: it takes as long as all else that is checked, and few studies need it.


def _check_native(place: str, algorithm: AlgorithmConfig, therapy: TherapyConfig) -> None:
    from theraflow.crc.search.native.methods import check_method

    if not copasi_knows(therapy):
        raise UserError(
            f"{place}: COPASI's own loop knows the monthly template without vials alone; choose "
            "`evaluator: copasi` or `compiled`, or crc.therapy.template: monthly"
        )
    check_method(_settings_of_copasi(algorithm), place)


def _hint(method: str) -> str:
    from theraflow.crc.search.native.methods import available_methods

    return (
        f"; for COPASI's own {method} add `evaluator: native`"
        if method in available_methods()
        else ""
    )


def _settings_of_copasi(algorithm: AlgorithmConfig) -> CopasiSettings:
    content = algorithm.model_dump(include={"method", "settings"})
    try:
        return CopasiSettings.model_validate(content)
    except ValidationError:
        raise UserError(
            f"settings of COPASI's {algorithm.method}: give numbers, true or false"
        ) from None
