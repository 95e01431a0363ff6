"""Baselines: candidates that follow from no outcome, at random or evenly spread (Sobol 1967)."""

from itertools import count
from typing import Final

import numpy as np

from theraflow.search.evaluator import Outcomes
from theraflow.search.methods.method import Method, NoSettings, Objectives, Proposal, Proposals
from theraflow.search.problem import Problem

_AT_ONCE: Final = 64


def _random(problem: Problem, _: NoSettings, seed: int, __: Outcomes) -> Proposals:
    generator = np.random.default_rng(seed)
    while True:
        points = generator.random((_AT_ONCE, problem.space.dimension))
        yield Proposal(problem.space.from_unit(points))


def _sobol(problem: Problem, _: NoSettings, seed: int, __: Outcomes) -> Proposals:
    from scipy.stats import qmc

    for restart in count():
        sequence = qmc.Sobol(problem.space.dimension, rng=np.random.default_rng([seed, restart]))
        while sequence.num_generated + _AT_ONCE <= sequence.maxn:
            yield Proposal(problem.space.from_unit(sequence.random(_AT_ONCE)), restart)


METHODS: Final = (
    Method(
        "random",
        "candidates drawn evenly from the space",
        "numpy",
        Objectives.ANY,
        NoSettings,
        _random,
    ),
    Method(
        "sobol",
        "scrambled Sobol sequence",
        "scipy",
        Objectives.ANY,
        NoSettings,
        _sobol,
    ),
)
