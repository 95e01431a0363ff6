"""The example overlays plan what they say they are for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.warm_snakemake import warm_snakemake
from support.workflow_runs import Job, planned_jobs

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY

pytestmark = pytest.mark.workflow

EXAMPLES = REPOSITORY / "config/examples"


def planned(example: str, target: str, folder: Path) -> Iterator[Job]:
    arguments = [target, "--dry-run", "--directory", folder, "--cores", "8"]
    arguments += ["--configfile", EXAMPLES / f"{example}.yaml"]
    code, output = warm_snakemake().run(arguments, REPOSITORY)
    assert code == 0, output
    return planned_jobs(output)


def test_radii_and_pulses_of_your_own(tmp_path: Path) -> None:
    jobs = list(planned("my_radii_and_pulses", "tnf", tmp_path))
    folders = {Path(job.outputs[0]).parent.name for job in jobs if job.rule == "simulate_batch"}
    assert folders == {"radius_80um", "radius_150um"}


def test_therapies_with_the_least_drug(tmp_path: Path) -> None:
    jobs = list(planned("least_drug", "crc", tmp_path))
    # Which patients respond is known only after their growth.
    assert {"sample_patients", "grow_patients", "select_patients"} <= {job.rule for job in jobs}
    search = load_study(REPOSITORY / "config/config.yaml", EXAMPLES / "least_drug.yaml").crc.search
    assert search.budget_seconds is None
    assert "nsga2" in search.algorithms


def test_a_campaign_for_a_cluster_with_gpus(tmp_path: Path) -> None:
    jobs = list(planned("gpu_cluster", "tnf_surrogates", tmp_path))
    outputs = [output for job in jobs for output in job.outputs]
    assert any("any_radius" in output for output in outputs)
    assert "results/tnf/surrogates/general/weights.safetensors" in outputs


def test_every_example_is_tested() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{file.stem}"' in source for file in EXAMPLES.glob("*.yaml"))
