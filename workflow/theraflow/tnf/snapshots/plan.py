"""Which simulation of each tumour is looked at, and when."""

from theraflow.config.tnf.snapshots import SnapshotsConfig
from theraflow.tnf.simulation import ParameterPoint, Simulation, plan_simulation


def plan_snapshots(
    config: SnapshotsConfig, tumor_radius_um: int, base_seed: int, horizon_min: int
) -> tuple[Simulation, tuple[int, ...]]:
    """Plan the simulation of a tumour under the configured treatment.

    Returns it and the times of its snapshots, min. It is the first replicate of the data set, where
    that has the treatment.
    """
    point = ParameterPoint(
        tumor_radius_um,
        config.pulse_period_min,
        config.pulse_duration_min,
        config.tnf_concentration,
    )
    simulation = plan_simulation(point, 0, base_seed, horizon_min=horizon_min)
    if config.times_min is not None:
        return simulation, config.times_min
    evenly = {0, 60, horizon_min // 4, horizon_min // 2, horizon_min}
    return simulation, tuple(sorted(evenly))
