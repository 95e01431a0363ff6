"""What is searched: a space, objectives to minimise, constraints, and a reference candidate."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Variable:
    """A number to choose from ``lower`` to ``upper``, both included.

    Raises ``UserError`` for bounds between which there is nothing to choose.
    """

    name: str
    unit: str
    lower: float
    upper: float
    kind: Literal["continuous", "integer"] = "continuous"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lower) and math.isfinite(self.upper)):
            raise UserError(f"variable {self.name}: bounds must be finite numbers")
        if not self.lower < self.upper:
            raise UserError(
                f"variable {self.name}: no choice between {self.lower:g} and {self.upper:g}; "
                "give a lower bound below the upper one"
            )
        if self.is_integer and not (self.lower % 1 == 0 and self.upper % 1 == 0):
            raise UserError(f"variable {self.name}: bounds of an integer must be integers")

    @property
    def is_integer(self) -> bool:
        """Whether only whole numbers may be chosen."""
        return self.kind == "integer"


@dataclass(frozen=True)
class Space:
    """The variables of a candidate, in the order of its numbers."""

    variables: tuple[Variable, ...]

    def __post_init__(self) -> None:
        if not self.variables:
            raise UserError("a search needs at least one variable")
        _refuse_repeated("variable", [variable.name for variable in self.variables])

    @property
    def dimension(self) -> int:
        """How many numbers a candidate has."""
        return len(self.variables)

    @cached_property
    def lower(self) -> Values:
        """Lower bounds (d,)."""
        return np.array([variable.lower for variable in self.variables], np.float64)

    @cached_property
    def upper(self) -> Values:
        """Upper bounds (d,)."""
        return np.array([variable.upper for variable in self.variables], np.float64)

    @cached_property
    def is_integer(self) -> Flags:
        """Which variables are integers (d,)."""
        return np.array([variable.is_integer for variable in self.variables])

    def repair(self, candidates: Values) -> Values:
        """Move candidates (n, d) into the space: integers to the nearest, then to the bounds.

        The only place where a candidate is changed. What comes back is what is evaluated and
        recorded. Raises ``ValueError`` for what is no finite number.
        """
        candidates = np.atleast_2d(np.asarray(candidates, np.float64))
        if not np.isfinite(candidates).all():
            raise ValueError("a method proposed a candidate with a number that is not finite")
        if self.is_integer.any():
            candidates = np.where(self.is_integer, np.rint(candidates), candidates)
        # Adding 0 turns -0.0 into 0.0, which is the same candidate but other bytes.
        return np.clip(candidates, self.lower, self.upper) + 0.0

    def contains(self, candidates: Values) -> Flags:
        """Tell which candidates (n, d) lie within the bounds, with whole integers."""
        inside = (candidates >= self.lower) & (candidates <= self.upper)
        if self.is_integer.any():
            inside &= ~self.is_integer | (candidates == np.rint(candidates))
        return np.asarray(inside.all(axis=1))

    def from_unit(self, points: Values) -> Values:
        """Map the unit cube (n, d) onto the space; every integer has an equal share of it."""
        continuous = self.lower + points * (self.upper - self.lower)
        whole = np.floor(self.lower + points * (self.upper - self.lower + 1))
        return self.repair(np.where(self.is_integer, whole, continuous))

    def to_unit(self, candidates: Values) -> Values:
        """Map candidates (n, d) into the unit cube; an integer to the middle of its share."""
        continuous = (candidates - self.lower) / (self.upper - self.lower)
        middle = (candidates - self.lower + 0.5) / (self.upper - self.lower + 1)
        return np.where(self.is_integer, middle, continuous)


@dataclass(frozen=True)
class Term:
    """A number that an evaluator tells of a candidate."""

    name: str
    unit: str


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms, to be minimised; ``weights`` are by the names of terms."""

    name: str
    unit: str
    weights: Mapping[str, float]

    @classmethod
    def of(cls, term: Term) -> Self:
        """Minimise one term."""
        return cls(term.name, term.unit, {term.name: 1.0})


@dataclass(frozen=True)
class Constraint:
    """A number g that must not exceed its tolerance: g <= tolerance.

    A violation counts in multiples of ``scale``, so that those of several units can be added.
    """

    name: str
    unit: str
    tolerance: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not self.tolerance >= 0 or not self.scale > 0:
            raise UserError(
                f"constraint {self.name}: the tolerance must be 0 or more, the scale more than 0"
            )


@dataclass(frozen=True)
class Problem:
    """A problem of optimisation: minimise the objectives subject to the constraints.

    ``content`` is plain data that tells what an evaluator of the problem computes, such as the
    patient and the template of the therapy. ``reference`` (d numbers) is what every search
    evaluates first. Raises ``UserError`` for a reference outside of the space.
    """

    name: str
    content: Mapping[str, Any]
    space: Space
    terms: tuple[Term, ...]
    objectives: tuple[Objective, ...]
    reference: tuple[float, ...]
    constraints: tuple[Constraint, ...] = field(default=())

    def __post_init__(self) -> None:
        _refuse_repeated("term", [term.name for term in self.terms])
        _refuse_repeated("objective", [objective.name for objective in self.objectives])
        _refuse_repeated("constraint", [constraint.name for constraint in self.constraints])
        if not self.objectives:
            raise UserError(f"problem {self.name}: give at least one objective")
        known = {term.name for term in self.terms}
        for objective in self.objectives:
            unknown = sorted(set(objective.weights) - known)
            if unknown:
                raise UserError(
                    f"problem {self.name}: objective {objective.name} weighs {unknown[0]}, "
                    f"which is none of its terms ({', '.join(sorted(known))})"
                )
        if len(self.reference) != self.space.dimension:
            raise UserError(
                f"problem {self.name}: the reference has {len(self.reference)} numbers for "
                f"{self.space.dimension} variables"
            )
        for variable, value in zip(self.space.variables, self.reference, strict=True):
            if not Space((variable,)).contains(np.array([[value]])).all():
                raise UserError(
                    f"problem {self.name}: the reference has {variable.name} = {value:g}, outside "
                    f"of {variable.lower:g} to {variable.upper:g} ({variable.kind})"
                )

    @cached_property
    def id(self) -> str:
        """Name the problem by its content; the name for people does not count."""
        return content_hash(self.definition)

    @property
    def definition(self) -> dict[str, Any]:
        """Return all that the results of a search depend on, as plain data."""
        return {
            "content": dict(self.content),
            "variables": [vars(variable) for variable in self.space.variables],
            "terms": [vars(term) for term in self.terms],
            "objectives": [
                {**vars(objective), "weights": dict(objective.weights)}
                for objective in self.objectives
            ],
            "constraints": [vars(constraint) for constraint in self.constraints],
            "reference": list(self.reference),
        }

    @cached_property
    def reference_candidate(self) -> Values:
        """The reference as a batch of one (1, d)."""
        return np.array([self.reference], np.float64)

    @cached_property
    def weights(self) -> Values:
        """Weights of the terms in the objectives (m, t)."""
        return np.array(
            [
                [objective.weights.get(term.name, 0.0) for term in self.terms]
                for objective in self.objectives
            ]
        )

    @cached_property
    def tolerances(self) -> Values:
        """Tolerances of the constraints (c,)."""
        return np.array([constraint.tolerance for constraint in self.constraints], np.float64)

    @cached_property
    def scales(self) -> Values:
        """Scales of the constraints (c,)."""
        return np.array([constraint.scale for constraint in self.constraints], np.float64)


def _refuse_repeated(kind: str, names: list[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise UserError(f"{kind} {repeated[0]} is there twice; give every {kind} its own name")
