"""What can be checked of a submission without a cluster; tests/slurm has the rest."""

import pytest
import yaml

from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.work.cluster.slurm import (
    JobRequest,
    check_arrays,
    check_cluster,
    check_threads,
    minutes_of_limit,
)


@pytest.mark.parametrize(
    ("resources", "options"),
    [
        ({"gres": "gpu:1"}, ["--gres=gpu:1"]),
        ({"gpu": 2}, ["--gres=gpu:2"]),
        ({"gpu_model": "a100"}, ["--gres=gpu:a100:1"]),
        ({"gpu": 2, "gpu_model": "a100"}, ["--gres=gpu:a100:2"]),
        (
            {"slurm_partition": "long", "slurm_account": "lab", "runtime": 90, "mem_mb": 500},
            ["--partition=long", "--account=lab", "--time=90", "--mem=500"],
        ),
        ({"slurm_account": "lab, other"}, ["--account=lab"]),
        ({"runtime": "attempt * 60", "mem_mb": "attempt * 500"}, []),
    ],
)
def test_resources_are_asked_of_slurm_by_its_own_names(resources, options):
    assert JobRequest.from_resources("any", resources).sbatch_options() == options


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [
        ("infinite", None),
        ("30:00", 30),
        ("2:00", 2),
        ("1:00:00", 60),
        ("2-12:30:30", 3630.5),
        ("7-00:00:00", 10080),
    ],
)
def test_time_limits_are_read_as_slurm_writes_them(limit, minutes):
    assert minutes_of_limit(limit) == minutes


@pytest.mark.parametrize("arrays", ["simulate", "all", "simulate;train", "train, gather"])
def test_job_arrays_are_refused(arrays):
    with pytest.raises(UserError, match="leave this setting out"):
        check_arrays({"simulate", "gather"}, arrays)


@pytest.mark.parametrize("arrays", [None, "none", "train"])
def test_arrays_of_other_rules_do_not_matter(arrays):
    check_arrays({"simulate", "gather"}, arrays)


def test_threads_that_this_machine_would_cut_are_refused():
    check_threads("simulate", 8, 8)
    with pytest.raises(UserError, match=r"2 of 8 threads.*--cores 8"):
        check_threads("simulate", 8, 2)


def test_a_machine_without_slurm_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="sbatch: no such command"):
        check_cluster([JobRequest("any")])


def test_what_the_profiles_set_grows_with_the_attempt():
    profile = yaml.safe_load((REPOSITORY / "profiles/slurm/config.yaml").read_text())
    for resources in (profile["default-resources"], *profile["set-resources"].values()):
        for name in {"mem_mb", "runtime"} & resources.keys():
            assert "attempt" in resources[name]
