"""COPASI's optimisation methods: which there are, their settings, choosing one."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import COPASI

from theraflow.core.errors import UserError
from theraflow.crc.search.native.settings import CopasiSettings

if TYPE_CHECKING:
    from theraflow.crc.model.copasi import CopasiModel

# These weigh violations of the constraints themselves instead of counting their evaluations.
METHODS_RANKING_VIOLATIONS = ("Evolution Strategy (SRES)", "Genetic Algorithm SR")
_UNLIMITED = 1_000_000_000
# Limits of COPASI's own; the budget that ends a search is ours.
_LIMITS = ("Number of Iterations", "Iteration Limit", "Number of Generations")
_SEED = "Seed"
_GENERATOR = "Random Number Generator"
_MERSENNE_TWISTER = 1


def available_methods() -> list[str]:
    """Name the optimisation methods of this COPASI."""
    with _optimisation() as task:
        kinds = task.getValidMethods()
    return sorted(str(COPASI.CCopasiMethod.getSubTypeName(kind)) for kind in kinds)


def check_method(config: CopasiSettings, place: str) -> None:
    """Raise ``UserError`` for a method or a setting that COPASI does not have.

    ``place`` is the key of the config that names the method.
    """
    methods = available_methods()
    if config.method not in methods:
        raise UserError(
            f"{place}.method '{config.method}': COPASI has no such method; "
            + _hint(config.method, methods)
        )
    with _optimisation() as task:
        task.setMethodType(_method_type(task, config.method))
        settings = _settings(task.getMethod())
    for name in config.settings:
        if name not in settings:
            raise UserError(
                f"{place}.settings '{name}': {config.method} has no such "
                f"setting; {_hint(name, sorted(settings))}"
            )


def choose_method(copasi: "CopasiModel", config: CopasiSettings, seed: int) -> None:
    """Select a method with its settings, its own limits lifted, and the seed where it has one."""
    task = copasi.data_model.getTask("Optimization")
    task.setMethodType(_method_type(task, config.method))
    method = task.getMethod()
    values: dict[str, Any] = {
        **dict.fromkeys(_LIMITS, _UNLIMITED),
        _SEED: seed,
        _GENERATOR: _MERSENNE_TWISTER,
        **config.settings,
    }
    for name in _settings(method) & set(values):
        _set(method.getParameter(name), values[name])


@contextmanager
def _optimisation() -> Iterator[Any]:
    """Yield the optimisation task of an empty model."""
    data_model = COPASI.CRootContainer.addDatamodel()
    try:
        yield data_model.getTask("Optimization")
    finally:
        COPASI.CRootContainer.removeDatamodel(data_model)


def _set(parameter: Any, value: bool | float) -> None:
    kind = parameter.getType()
    if kind in (COPASI.CCopasiParameter.Type_DOUBLE, COPASI.CCopasiParameter.Type_UDOUBLE):
        parameter.setDblValue(float(value))
    elif kind == COPASI.CCopasiParameter.Type_BOOL:
        parameter.setBoolValue(bool(value))
    elif kind == COPASI.CCopasiParameter.Type_UINT:
        parameter.setUIntValue(int(value))
    else:
        parameter.setIntValue(int(value))


def _settings(method: Any) -> set[str]:
    return {str(method.getParameter(index).getObjectName()) for index in range(method.size())}


def _method_type(task: Any, name: str) -> int:
    kinds = {
        str(COPASI.CCopasiMethod.getSubTypeName(kind)): int(kind) for kind in task.getValidMethods()
    }
    return kinds[name]


def _hint(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"choose one of {', '.join(known)}"
