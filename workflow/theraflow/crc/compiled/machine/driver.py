"""The loop that simulates jobs in lanes, each with its own time, step size, patient and doses."""

import math
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba

from theraflow.core.kernel_cache import share_machine_code
from theraflow.crc.compiled.machine.jobs import (
    REACHED_HORIZON,
    REACHED_TARGET,
    Functions,
    Jobs,
    Lanes,
    Results,
)

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

# Hairer and Wanner 1996, section IV.8; the root is taken by square roots, which are exact alike on
# every computer.
_SAFETY, _LEAST_FACTOR, _LARGEST_FACTOR = 0.9, 0.2, 6.0
_SMALLEST_STEP_DAYS: Final = 1e-12
# Relative distance of the output from its target at which the target counts as reached.
_TARGET_TOLERANCE: Final = 1e-12
# The last one switches off the counting of references; numba's types do not know it.
_OPTIONS: Final[Any] = {"error_model": "numpy", "_nrt": False}
_IDLE: Final = -1
_NO_BRACKET: Final = -1.0


def _compiled(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Compile without reordering, or fusing, any operation: results must not depend on the node.

    Nothing here allocates, so that numba need not count references to arrays: that took as long as
    the model's own steps.
    """
    dispatcher = numba.njit(**_OPTIONS)(function)
    share_machine_code(dispatcher, function)
    return cast(Callable[_Parameters, _Result], dispatcher)


@_compiled
def run_jobs(
    functions: Functions, address: int, lanes: Lanes, jobs: Jobs, results: Results
) -> None:
    """Run all jobs and write their results; ``address`` is that of the lanes' workspace."""
    waiting, running = 0, 0
    lanes.relative_tolerance[:] = jobs.relative_tolerance
    lanes.step_days[:] = 1.0
    while True:
        loaded = _load_idle(lanes, jobs, waiting)
        if loaded > 0:
            waiting += loaded
            running += loaded
            functions.prepare(address)
            functions.observe(address)
            for lane in range(len(lanes.job)):
                if math.isnan(lanes.output[lane]):
                    lanes.output[lane] = lanes.next_output[lane]
        if running == 0:
            break
        for lane in range(len(lanes.job)):
            if lanes.job[lane] != _IDLE and lanes.bracket_days[0, lane] == _NO_BRACKET:
                _give_doses(lanes, jobs, lane)
                _choose_step(lanes, lane)
        functions.step(address)
        functions.observe(address)
        for lane in range(len(lanes.job)):
            lanes.is_accepted[lane] = lanes.job[lane] != _IDLE and _judge(lanes, jobs, lane)
        _sample(functions, address, lanes, jobs, results)
        for index in range(lanes.state.shape[0]):
            for lane in range(len(lanes.job)):
                if lanes.is_accepted[lane]:
                    lanes.state[index, lane] = lanes.next_state[index, lane]
        for lane in range(len(lanes.job)):
            if lanes.job[lane] != _IDLE:
                running -= _finish_step(lanes, jobs, results, lane)


@_compiled
def _load_idle(lanes: Lanes, jobs: Jobs, waiting: int) -> int:
    """Put the next jobs into idle lanes; return how many."""
    loaded = 0
    for lane in range(len(lanes.job)):
        if lanes.job[lane] != _IDLE or waiting + loaded == len(jobs.patient):
            continue
        job = waiting + loaded
        loaded += 1
        patient = jobs.patient[job]
        for index in range(lanes.parameters.shape[0]):
            lanes.parameters[index, lane] = jobs.parameters[patient, index]
        for index in range(lanes.state.shape[0]):
            lanes.state[index, lane] = jobs.start[patient, index]
            lanes.next_state[index, lane] = jobs.start[patient, index]
            lanes.absolute_tolerance[index, lane] = jobs.absolute_tolerance[patient, index]
        lanes.job[lane] = job
        lanes.day[lane], lanes.until_day[lane], lanes.output[lane] = 0.0, 0.0, math.nan
        lanes.proposed_days[lane] = jobs.first_step_days
        lanes.next_dose[lane], lanes.sample_day[lane] = 0, jobs.sample_days
        lanes.bracket_days[0, lane] = _NO_BRACKET
    return loaded


@_compiled
def _give_doses(lanes: Lanes, jobs: Jobs, lane: int) -> None:
    """Give the doses that are due, and note the day up to which none is."""
    if lanes.day[lane] < lanes.until_day[lane]:
        return
    doses = jobs.doses[lanes.job[lane]]
    lanes.until_day[lane] = jobs.horizon_days
    while lanes.next_dose[lane] < len(jobs.dose_days):
        due = lanes.next_dose[lane]
        is_given = False
        for drug in range(len(jobs.dosed)):
            is_given |= doses[drug, due] > 0
        if is_given and jobs.dose_days[due] > lanes.day[lane]:
            lanes.until_day[lane] = min(jobs.dose_days[due], jobs.horizon_days)
            break
        if is_given:
            for drug in range(len(jobs.dosed)):
                lanes.state[jobs.dosed[drug], lane] += doses[drug, due]
            lanes.proposed_days[lane] = min(lanes.proposed_days[lane], jobs.first_step_days)
        lanes.next_dose[lane] += 1


@_compiled
def _choose_step(lanes: Lanes, lane: int) -> None:
    """End the step where the next dose is due; the last two steps before it are alike."""
    left = lanes.until_day[lane] - lanes.day[lane]
    lanes.step_days[lane] = lanes.proposed_days[lane]
    if lanes.proposed_days[lane] > left:
        lanes.step_days[lane] = left
    elif lanes.proposed_days[lane] > 0.5 * left:
        lanes.step_days[lane] = 0.5 * left


@_compiled
def _judge(lanes: Lanes, jobs: Jobs, lane: int) -> bool:
    """Tell whether the step is accurate, and does not pass the target; else plan another."""
    size, error = lanes.step_days[lane], lanes.error[lane]
    if not error <= 1:
        factor = _SAFETY / math.sqrt(math.sqrt(error))
        # Not a number means that a pivot vanished: such a step shrinks as much as any may.
        lanes.proposed_days[lane] = size * (factor if factor > _LEAST_FACTOR else _LEAST_FACTOR)
        lanes.bracket_days[0, lane] = _NO_BRACKET
        return False
    target = jobs.target[lanes.job[lane]]
    days, gaps = lanes.bracket_days, lanes.bracket_gaps
    gap = lanes.next_output[lane] - target
    is_bracketed = days[0, lane] != _NO_BRACKET
    if not is_bracketed and not gap >= 0:
        return True
    # The Illinois variant of regula falsi, in which every guess is a step of its own.
    if not is_bracketed:
        days[0, lane], gaps[0, lane] = 0.0, lanes.output[lane] - target
        if gaps[0, lane] >= 0:
            return True
    side = 1 if gap >= 0 else 0
    days[side, lane], gaps[side, lane] = size, gap
    if is_bracketed:
        gaps[1 - side, lane] *= 0.5
    width = days[1, lane] - days[0, lane]
    if abs(gap) <= _TARGET_TOLERANCE * abs(target) or width <= _SMALLEST_STEP_DAYS:
        return True
    share = -gaps[0, lane] / (gaps[1, lane] - gaps[0, lane])
    lanes.step_days[lane] = days[0, lane] + share * width
    return False


@_compiled
def _sample(functions: Functions, address: int, lanes: Lanes, jobs: Jobs, results: Results) -> None:
    """Sample the output within the accepted steps."""
    while True:
        is_any_due = False
        for lane in range(len(lanes.job)):
            lanes.share[lane] = 1.0
            if _is_sample_due(lanes, lane):
                past_days = lanes.sample_day[lane] - lanes.day[lane]
                lanes.share[lane] = past_days / lanes.step_days[lane]
                is_any_due = True
        if not is_any_due:
            return
        functions.observe_within(address)
        for lane in range(len(lanes.job)):
            if _is_sample_due(lanes, lane):
                job, sample = lanes.job[lane], lanes.output_within[lane]
                results.smallest[job] = min(results.smallest[job], sample)
                results.largest[job] = max(results.largest[job], sample)
                lanes.sample_day[lane] += jobs.sample_days


@_compiled
def _is_sample_due(lanes: Lanes, lane: int) -> bool:
    end_day = lanes.day[lane] + lanes.step_days[lane]
    return bool(lanes.is_accepted[lane] and lanes.sample_day[lane] <= end_day)


@_compiled
def _finish_step(lanes: Lanes, jobs: Jobs, results: Results, lane: int) -> int:
    """Move on after an accepted step; return 1 if this, or a failure, ended the job."""
    job = lanes.job[lane]
    results.steps[job] += 1
    is_last = results.steps[job] == jobs.most_steps
    if lanes.is_accepted[lane]:
        size = lanes.step_days[lane]
        lanes.day[lane] += size
        lanes.output[lane] = lanes.next_output[lane]
        if lanes.until_day[lane] - lanes.day[lane] <= _SMALLEST_STEP_DAYS * lanes.until_day[lane]:
            lanes.day[lane] = lanes.until_day[lane]
        factor = _SAFETY / math.sqrt(math.sqrt(lanes.error[lane]))
        grown = size * min(max(factor, _LEAST_FACTOR), _LARGEST_FACTOR)
        # A step that was cut short says little about the next one.
        is_cut = size < lanes.proposed_days[lane]
        lanes.proposed_days[lane] = max(grown, lanes.proposed_days[lane]) if is_cut else grown
        is_at_target = lanes.bracket_days[0, lane] != _NO_BRACKET
        if is_at_target or lanes.day[lane] >= jobs.horizon_days:
            results.status[job] = REACHED_TARGET if is_at_target else REACHED_HORIZON
            results.end_day[job] = lanes.day[lane]
            results.end_output[job] = lanes.output[lane]
            for index in range(lanes.state.shape[0]):
                results.end_state[job, index] = lanes.state[index, lane]
            is_last = True
    elif lanes.proposed_days[lane] < _SMALLEST_STEP_DAYS:
        is_last = True
    if is_last:
        lanes.job[lane] = _IDLE
    return 1 if is_last else 0
