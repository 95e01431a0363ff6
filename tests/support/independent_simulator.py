"""libRoadRunner, the independent simulator that models are held against."""

import roadrunner


def tight_roadrunner(sbml: str) -> roadrunner.RoadRunner:
    """Load SBML, a text or a file, at tolerances far below what is tested."""
    simulator = roadrunner.RoadRunner(sbml)
    simulator.integrator.relative_tolerance = 1e-9
    simulator.integrator.absolute_tolerance = 1e-12
    simulator.integrator.maximum_num_steps = 100_000
    return simulator
