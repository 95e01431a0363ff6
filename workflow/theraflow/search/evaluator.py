"""What evaluates candidates, and how evaluations end; a failure is a status, no exception."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from theraflow.search.problem import Flags, Problem, Values

Seeds = NDArray[np.uint64]
Codes = NDArray[np.int8]


class Status(IntEnum):
    """How an evaluation ended."""

    OK = 0
    FAILED = 1
    TIMED_OUT = 2
    NOT_FINITE = 3


@dataclass(frozen=True)
class Evaluations:
    """What an evaluator tells of n candidates.

    ``terms`` (n, t) and ``constraints`` (n, c), as the problem names them; their values do not
    matter where ``status`` (n,), of ``Status``, is not ``OK``. ``cpu_elsewhere_s`` is the CPU time
    that they took in other processes.
    """

    terms: Values
    constraints: Values
    status: Codes
    cpu_elsewhere_s: float = 0.0


class Evaluator(Protocol):
    """Evaluates candidates of one problem, each as if it were alone.

    How a candidate is evaluated must not depend on the others in its batch, nor on those before.
    """

    @property
    def name(self) -> str:
        """The name for people."""

    @property
    def fingerprint(self) -> str:
        """Name code and settings: evaluators of one fingerprint evaluate alike."""

    @property
    def fidelity(self) -> str:
        """How closely it computes, such as the tolerance of a solver."""

    @property
    def is_stochastic(self) -> bool:
        """Whether the seed changes the result."""

    @property
    def batch_size(self) -> int:
        """How many candidates it likes at once; budgets of time are looked at in between."""

    def evaluate(self, candidates: Values, seeds: Seeds) -> Evaluations:
        """Evaluate candidates (n, d), each with its seed (n,)."""


@dataclass(frozen=True)
class Outcomes:
    """Evaluated candidates, judged.

    ``candidates`` (n, d), ``terms`` (n, t), ``constraints`` (n, c), ``status`` (n,), ``objectives``
    (n, m) and ``violation`` (n,): 0 where feasible. A failure has NaN for all that was to be
    computed, and infinite violation.
    """

    candidates: Values
    terms: Values
    constraints: Values
    status: Codes
    objectives: Values
    violation: Values

    def __len__(self) -> int:
        return len(self.candidates)

    @cached_property
    def is_ok(self) -> Flags:
        """Which candidates could be evaluated (n,)."""
        return np.asarray(self.status == Status.OK)

    @cached_property
    def is_feasible(self) -> Flags:
        """Which candidates violate no constraint (n,)."""
        return np.asarray(self.violation == 0)

    def __getitem__(self, rows: slice) -> Self:
        return type(self)(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def judge(problem: Problem, candidates: Values, evaluations: Evaluations) -> Outcomes:
    """Work out objectives, feasibility and violation: once, for every method and evaluator.

    An evaluation that tells a number that is not finite, yet claims to be well, is a failure.
    Raises ``ValueError`` for shapes that do not fit the problem.
    """
    n = len(candidates)
    expected = ((n, len(problem.terms)), (n, len(problem.constraints)), (n,))
    parts = (evaluations.terms, evaluations.constraints, evaluations.status)
    if tuple(part.shape for part in parts) != expected:
        raise ValueError(
            f"an evaluator returned the shapes {[part.shape for part in parts]}, not {expected}"
        )
    terms, constraints, status = parts
    computed = np.isfinite(terms).all(axis=1) & np.isfinite(constraints).all(axis=1)
    status = np.where((status == Status.OK) & ~computed, Status.NOT_FINITE, status).astype(np.int8)
    is_ok = status == Status.OK
    if not is_ok.all():
        terms = np.where(is_ok[:, None], terms, np.nan)
        constraints = np.where(is_ok[:, None], constraints, np.nan)
    # No matrix product: the bits of its sums depend on the number of candidates.
    objectives = (terms[:, None, :] * problem.weights).sum(axis=2)
    excess = np.where(constraints > problem.tolerances, constraints / problem.scales, 0.0)
    violation = np.where(is_ok, excess.sum(axis=1), np.inf)
    return Outcomes(candidates, terms, constraints, status, objectives, violation)


def join(parts: list[Outcomes]) -> Outcomes:
    """Put outcomes one below the other."""
    if len(parts) == 1:
        return parts[0]
    return Outcomes(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Outcomes.__dataclass_fields__
        )
    )
