"""All methods of search, by their names. A file in this folder with ``METHODS`` adds its own."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module, metadata
from typing import Any

from pydantic import ValidationError

from theraflow.config.base import Section
from theraflow.core.errors import UserError
from theraflow.core.fingerprints import source_fingerprint
from theraflow.search import methods as package
from theraflow.search.methods.method import Method, Objectives
from theraflow.search.problem import Problem


@dataclass(frozen=True)
class ChosenMethod:
    """A method with its settings."""

    method: Method
    settings: Section

    @property
    def library(self) -> str:
        """The library that the method comes from, with its version."""
        return f"{self.method.library} {metadata.version(self.method.library)}"

    @property
    def code(self) -> str:
        """Fingerprint of the code that leads the search."""
        decides = self.method.propose or self.method.settings
        return source_fingerprint(decides.__module__, "theraflow.search.run")

    def check(self, problem: Problem) -> None:
        """Raise ``UserError`` when the method does not fit the objectives of the problem."""
        number, kind = len(problem.objectives), self.method.objectives
        if (kind is Objectives.ONE and number > 1) or (kind is Objectives.MANY and number == 1):
            others = [
                method.name
                for method in all_methods().values()
                if method.objectives not in {kind, Objectives.ANY}
            ]
            raise UserError(
                f"search method {self.method.name} minimises {kind.value}, and problem "
                f"{problem.name} has {number}; choose another, such as {', '.join(others)}"
            )


@cache
def all_methods() -> Mapping[str, Method]:
    """Return every method by its name; imports none of their libraries."""
    found = (
        method
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        for method in getattr(import_module(module.name), "METHODS", ())
    )
    return {method.name: method for method in sorted(found, key=lambda method: method.name)}


def choose(name: str, settings: Mapping[str, Any] | None = None) -> ChosenMethod:
    """Find a method by its name and check its settings.

    Raises ``UserError`` for a name or setting that is unknown, with the nearest that is not, and
    for a value that is out of range.
    """
    methods = all_methods()
    if name not in methods:
        raise UserError(f"no search method is called {name}{_nearest(name, list(methods))}")
    method = methods[name]
    given = dict(settings or {})
    known = list(method.settings.model_fields)
    for key in given:
        if key not in known:
            raise UserError(f"search method {name} has no setting {key}{_nearest(key, known)}")
    try:
        return ChosenMethod(method, method.settings(**given))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(f"search method {name}, setting {place}: {first['msg']}") from None


def _nearest(name: str, known: list[str]) -> str:
    matches = get_close_matches(name, known, n=1, cutoff=0.5)
    if matches:
        return f"; did you mean {matches[0]}?"
    return f"; there are {', '.join(known)}" if known else "; it has none"
