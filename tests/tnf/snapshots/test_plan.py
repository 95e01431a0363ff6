"""The tumour that a study looks at is one that it simulates."""

from theraflow.config.load import load_study
from theraflow.config.tnf.snapshots import SnapshotsConfig
from theraflow.config.tnf.study import TnfConfig
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.snapshots.plan import plan_snapshots


def test_the_simulation_is_the_first_replicate_of_the_treatment() -> None:
    simulation, times_min = plan_snapshots(SnapshotsConfig(), 100, 7, 1440)
    assert simulation == plan_simulation(ParameterPoint(100, 150, 10, 0.5), 0, 7)
    assert times_min == (0, 60, 360, 720, 1440)


def test_times_follow_the_horizon_unless_they_are_given() -> None:
    assert plan_snapshots(SnapshotsConfig(), 100, 7, 240)[1] == (0, 60, 120, 240)
    given = SnapshotsConfig(times_min=(5, 90))
    simulation, times_min = plan_snapshots(given, 100, 7, 4620)
    assert (simulation.horizon_min, times_min) == (4620, (5, 90))


def test_the_key_leaves_the_identity_of_a_study_as_it_was() -> None:
    assert "snapshots" not in load_study({}).tnf.identity()
    chosen = TnfConfig(snapshots=SnapshotsConfig(tnf_concentration=0.3))
    assert "snapshots" in chosen.identity()
