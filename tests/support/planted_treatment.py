"""A tumour whose best treatment is known: an engine, and predictors that are right or wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theraflow.search.problem import Values
from theraflow.tnf.simulation import Simulation
from theraflow.tnf.treatment.predictor import Counts
from theraflow.tnf.treatment.problem import Region

# Period (min), duration (min), concentration.
OPTIMUM = (225.0, 29.0, 0.028)
# Here a wrong predictor sees next to no cells, where in truth there are many.
MIRAGE = (500.0, 130.0, 0.3)
FEWEST_CELLS, INITIAL_CELLS = 20.0, 150.0
REGION = Region((5.0, 5.0, 0.005), (800.0, 200.0, 1.0))


def living_cells(radius_um: int, treatments: Values) -> Values:
    """Expected living cells at the horizon (n,): fewest at the optimum of a radius of 100 um.

    Larger tumours need a higher concentration.
    """
    period_min, duration_min, concentration = treatments.T
    shift = np.log10(radius_um / 100)
    distance = (
        ((period_min - OPTIMUM[0]) / 400) ** 2
        + ((duration_min - OPTIMUM[1]) / 100) ** 2
        + (np.log10(concentration / OPTIMUM[2]) - shift) ** 2
    )
    return np.asarray(FEWEST_CELLS + 200 * distance)


@dataclass(frozen=True)
class PlantedEngine:
    """Poisson counts around what is expected; refuses a concentration above ``breaks_above``."""

    breaks_above: float = np.inf
    label: str = "planted"
    fingerprint: str = "planted"

    def warm_up(self) -> None:
        pass

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        point = simulation.point
        if point.tnf_concentration > self.breaks_above:
            raise ArithmeticError("no solution")
        treatment = np.array(
            [[point.pulse_period_min, point.pulse_duration_min, point.tnf_concentration]]
        )
        mean = living_cells(point.tumor_radius_um, treatment)[0]
        counts = np.zeros((simulation.horizon_min // 60 + 1, 3), np.int64)
        counts[0, 0] = INITIAL_CELLS
        counts[-1, 0] = np.random.default_rng(simulation.seed).poisson(mean)
        return counts


@dataclass(frozen=True)
class PlantedPredictor:
    """Knows what is expected; with a mirage it promises far too much around ``MIRAGE``."""

    has_mirage: bool = False
    horizon_min: int = 1440
    domain: Region = REGION
    label: str = "planted predictor"

    @property
    def fingerprint(self) -> str:
        return f"planted {self.has_mirage}"

    def check_radius(self, tumor_radius_um: int) -> None:
        pass

    def predict(self, tumor_radius_um: int, parameters: Values) -> Counts:
        counts = np.zeros((len(parameters), self.horizon_min // 60 + 1, 3))
        counts[:, 0, 0] = INITIAL_CELLS
        counts[:, -1, 0] = living_cells(tumor_radius_um, parameters)
        if self.has_mirage:
            scale = np.array([200.0, 60.0, 0.4])
            logged, there = (
                np.column_stack([values[:, :2], np.log10(values[:, 2:])])
                for values in (parameters, np.array([MIRAGE]))
            )
            nearness = np.exp(-((((logged - there) / scale) ** 2).sum(axis=1) ** 4))
            counts[:, -1, 0] *= 1 - 0.995 * nearness
        return counts


class UnsurePredictor(PlantedPredictor):
    """The same, but it knows that it knows little of strong TNF."""

    def predict_with_deviation(
        self, tumor_radius_um: int, parameters: Values
    ) -> tuple[Counts, Counts]:
        counts = self.predict(tumor_radius_um, parameters)
        deviations = np.zeros_like(counts)
        deviations[:, -1, 0] = np.where(parameters[:, 2] > 0.1, 150.0, 1.0)
        return counts, deviations
