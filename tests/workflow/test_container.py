"""Jobs in a container: a stand-in for Apptainer notes what it is asked for, and does it."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.workflow_runs import TINY

from theraflow.core.files import REPOSITORY

pytestmark = pytest.mark.workflow

TABLE = "results/tnf/dataset/radius_50um.parquet"
# As `apptainer exec` does: options, each with a value, an image, then a command.
STAND_IN = """\
#!/bin/bash
if [ "$1" = --version ]; then echo apptainer version 1.3.0; exit; fi
while [ "$1" != exec ]; do shift; done
shift
while [[ "$1" == --* ]]; do shift 2; done
echo "$1" >> {images}
shift
exec "$@"
"""


def test_jobs_run_in_the_image_of_the_config(tmp_path: Path) -> None:
    images, image = tmp_path / "images", tmp_path / "theraflow.sif"
    image.write_bytes(b"image")
    runtime = tmp_path / "bin/apptainer"
    runtime.parent.mkdir()
    runtime.write_text(STAND_IN.format(images=shlex.quote(str(images))), encoding="utf-8")
    runtime.chmod(0o755)
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(f"container: {image}\n", encoding="utf-8")
    campaign = tmp_path / "campaign"
    run = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", TABLE, "--directory", campaign),
            *("--configfile", REPOSITORY / TINY, overlay, "--cores", "2"),
            *("--software-deployment-method", "apptainer"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ
        | {
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(REPOSITORY / "workflow"),
            "PATH": f"{runtime.parent}:{os.environ['PATH']}",
        },
    )
    assert run.returncode == 0, run.stderr
    assert (campaign / TABLE).is_file()
    assert set(images.read_text().split()) == {str(image)}
