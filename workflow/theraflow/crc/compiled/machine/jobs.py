"""What the driver simulates, where, and what becomes of it."""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theraflow.crc.compiled.machine.kernel import Function

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REACHED_HORIZON: Final = 0
REACHED_TARGET: Final = 1
FAILED: Final = 2


class Functions(NamedTuple):
    """The model's compiled functions that a simulation calls with the address of a workspace."""

    prepare: Function
    step: Function
    observe: Function
    observe_within: Function


class Jobs(NamedTuple):
    """What to simulate.

    ``patient`` of shape (jobs,) points into ``parameters`` (patients, parameters), ``start``
    (patients, states) and ``absolute_tolerance`` (patients, states). ``doses`` of shape
    (jobs, drugs, times) are added to the states ``dosed`` (drugs,) on ``dose_days`` (times,), in
    increasing order. A simulation ends at the horizon (days), or once its output rises to
    ``target`` (jobs,). Its output is sampled every ``sample_days``.
    """

    patient: Integers
    parameters: Floats
    start: Floats
    absolute_tolerance: Floats
    relative_tolerance: float
    first_step_days: float
    doses: Floats
    dose_days: Floats
    dosed: Integers
    horizon_days: float
    target: Floats
    sample_days: float
    most_steps: int


class Results(NamedTuple):
    """What became of jobs: arrays of shape (jobs,), and the end state of shape (jobs, states).

    ``largest`` and ``smallest`` are those of the sampled outputs, infinite without samples. What
    failed has no end (NaN).
    """

    status: Integers
    steps: Integers
    end_day: Floats
    end_output: Floats
    smallest: Floats
    largest: Floats
    end_state: Floats


def no_results(jobs: Jobs) -> Results:
    """Return the results of jobs that nobody has run."""
    count, states = len(jobs.patient), jobs.start.shape[1]
    return Results(
        status=np.full(count, FAILED, dtype=np.int64),
        steps=np.zeros(count, dtype=np.int64),
        end_day=np.full(count, math.nan),
        end_output=np.full(count, math.nan),
        smallest=np.full(count, math.inf),
        largest=np.full(count, -math.inf),
        end_state=np.full((count, states), math.nan),
    )


class Lanes(NamedTuple):
    """The state of every lane: views into the workspace, and what the driver keeps beside it.

    While ``bracket_days`` (2, lanes) is not negative, the output passes its target between steps
    of these sizes, and ``bracket_gaps`` are the distances from it.
    """

    parameters: Floats
    state: Floats
    next_state: Floats
    absolute_tolerance: Floats
    relative_tolerance: Floats
    step_days: Floats
    error: Floats
    next_output: Floats
    share: Floats
    output_within: Floats
    job: Integers
    output: Floats
    day: Floats
    proposed_days: Floats
    until_day: Floats
    next_dose: Integers
    sample_day: Floats
    bracket_days: Floats
    bracket_gaps: Floats
    is_accepted: Any


def idle_lanes(workspace: Floats, layout: Any, parameters: int, states: int) -> Lanes:
    """Return lanes without jobs within a workspace of shape (rows, lanes)."""
    count = workspace.shape[1]

    def rows(first: int, size: int) -> Floats:
        return workspace[first : first + size]

    return Lanes(
        parameters=rows(layout.parameters, parameters),
        state=rows(layout.state, states),
        next_state=rows(layout.next_state, states),
        absolute_tolerance=rows(layout.absolute_tolerance, states),
        relative_tolerance=workspace[layout.relative_tolerance],
        step_days=workspace[layout.step_size],
        error=workspace[layout.error],
        next_output=workspace[layout.next_output],
        share=workspace[layout.share],
        output_within=workspace[layout.output_within],
        job=np.full(count, -1),
        output=np.zeros(count),
        day=np.zeros(count),
        proposed_days=np.ones(count),
        until_day=np.zeros(count),
        next_dose=np.zeros(count, dtype=np.int64),
        sample_day=np.zeros(count),
        bracket_days=np.full((2, count), -1.0),
        bracket_gaps=np.zeros((2, count)),
        is_accepted=np.zeros(count, dtype=np.bool_),
    )
