"""Bayesian methods of Optuna, for expensive evaluations: they think long about few of them."""

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np

from theraflow.config.base import Section, WholeNumber, setting
from theraflow.search.evaluator import Outcomes
from theraflow.search.methods.method import Method, Objectives, Proposal, Proposals
from theraflow.search.problem import Problem

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

_LIBRARY: Final = "optuna"
_SEEDS: Final = 2**32


class TpeSettings(Section):
    """Settings of the tree of Parzen estimators."""

    startup: WholeNumber = setting("candidates drawn at random first", default=10, ge=1)
    draws: WholeNumber = setting("draws of which the most promising is proposed", default=24, ge=1)
    multivariate: bool = setting("estimate the joint density of the variables", default=True)


class GpSettings(Section):
    """Settings of the Gaussian process."""

    startup: WholeNumber = setting("candidates drawn at random first", default=10, ge=1)


def _tpe(problem: Problem, settings: TpeSettings, seed: int, _: Outcomes) -> Proposals:
    from optuna.exceptions import ExperimentalWarning
    from optuna.samplers import TPESampler

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        sampler = TPESampler(
            seed=seed % _SEEDS,
            n_startup_trials=settings.startup,
            n_ei_candidates=settings.draws,
            multivariate=settings.multivariate,
        )
    return _trials(problem, sampler)


def _gp(problem: Problem, settings: GpSettings, seed: int, _: Outcomes) -> Proposals:
    from optuna.samplers import GPSampler

    return _trials(problem, GPSampler(seed=seed % _SEEDS, n_startup_trials=settings.startup))


def _trials(problem: Problem, sampler: "BaseSampler") -> Proposals:
    """Lead a study, kept in memory, from trial to trial; the reference is the first of them."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    names = [variable.name for variable in problem.space.variables]
    study = optuna.create_study(directions=["minimize"] * len(problem.objectives), sampler=sampler)
    study.enqueue_trial(dict(zip(names, problem.reference, strict=True)))
    distributions = _distributions(problem)
    while True:
        trial = study.ask(distributions)
        outcomes = yield Proposal(np.array([[trial.params[name] for name in names]], np.float64))
        if outcomes.is_ok[0]:
            excess = (outcomes.constraints[0] - problem.tolerances) / problem.scales
            for constraint, value in zip(problem.constraints, excess.tolist(), strict=True):
                trial.set_constraint(constraint.name, value)
            study.tell(trial, outcomes.objectives[0].tolist())
        else:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)


def _distributions(problem: Problem) -> dict[str, "BaseDistribution"]:
    from optuna.distributions import FloatDistribution, IntDistribution

    return {
        variable.name: IntDistribution(int(variable.lower), int(variable.upper))
        if variable.is_integer
        else FloatDistribution(variable.lower, variable.upper)
        for variable in problem.space.variables
    }


METHODS: Final = (
    Method(
        "tpe",
        "tree of Parzen estimators (Bergstra et al. 2011), for expensive evaluations",
        _LIBRARY,
        Objectives.ANY,
        TpeSettings,
        _tpe,
    ),
    Method(
        "gp",
        "Gaussian process with expected improvement, for the most expensive evaluations",
        _LIBRARY,
        Objectives.ANY,
        GpSettings,
        _gp,
    ),
)
