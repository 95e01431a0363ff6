"""Where searches start: at the reference, and anew from places drawn at random."""

import numpy as np

from theraflow.search.problem import Problem, Values


def start_point(problem: Problem, generator: np.random.Generator, restart: int) -> Values:
    """Return the reference (d,) at first, later a candidate drawn evenly from the space."""
    drawn = problem.space.from_unit(generator.random((1, problem.space.dimension)))
    start: Values = (drawn if restart else problem.reference_candidate)[0]
    return start


def start_population(
    problem: Problem, generator: np.random.Generator, restart: int, size: int
) -> Values:
    """Return candidates (size, d) of a Latin hypercube; at first, one of them is the reference."""
    from scipy.stats import qmc

    cube = qmc.LatinHypercube(problem.space.dimension, rng=generator)
    population = problem.space.from_unit(cube.random(size))
    population[0] = population[0] if restart else problem.reference
    return population
