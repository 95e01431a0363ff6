"""The study that the config asks for, and the file names that rules share."""

import math
import os
import sys

from theraflow.campaign.identity import canonical_json
from theraflow.campaign.provenance import source_fingerprint
from theraflow.config.load import load_study
from theraflow.errors import UserError
from theraflow.tnf.batches import plan_batches, plan_noise_floor_batches
from theraflow.tnf.cost import expected_training_cpu_s

# Where scripts find the package when they run in a conda environment of their own.
os.environ.setdefault("PYTHONPATH", f"{workflow.basedir}/workflow")

try:
    TNF = load_study(config).tnf
    DATASET_BATCHES = plan_batches(TNF)
    NOISE_FLOOR_BATCHES = plan_noise_floor_batches(TNF)
except UserError as error:
    sys.exit(f"theraflow: error: {error}")


def batch_files(batches, radius=None):
    """Name the files of batches: those of one tumour radius, or all."""
    return [
        f"results/tnf/batches/radius_{batch.tumor_radius_um}um/{batch.batch_id}.parquet"
        for batch in batches
        if radius in (None, batch.tumor_radius_um)
    ]


def runtime_min(cpu_s):
    """Allow thrice the expected CPU time, and ten minutes for the start and compilation."""
    return math.ceil(10 + 3 * cpu_s / 60)


def training_runtime_min(radius):
    """Allow the time that training the surrogate of a radius takes on one core."""
    batches = [batch for batch in DATASET_BATCHES if batch.tumor_radius_um == int(radius)]
    simulations = sum(len(batch.simulations) for batch in batches)
    return runtime_min(expected_training_cpu_s(TNF.surrogates, simulations))


def settings(section, **selection):
    """Write config as text that differs only where the values do; ``selection`` is pydantic's."""
    return canonical_json(section.model_dump(mode="json", **selection))


def per_radius(pattern):
    """Name one file per tumour radius."""
    return expand(f"results/tnf/{pattern}", radius=TNF.tumor_radii_um)


def figure_files(name):
    """Name the files of a figure, one per format."""
    return expand("results/tnf/figures/{name}.{format}", name=name, format=TNF.figures.formats)


# Tables of trajectories, and the batches that they are gathered from. Training reads the table of
# its radius, so that a radius added to the config leaves the other surrogates as they are.
TABLE_BATCHES = {
    "dataset": batch_files(DATASET_BATCHES),
    "noise_floor": batch_files(NOISE_FLOOR_BATCHES),
} | {
    f"dataset/radius_{radius}um": batch_files(DATASET_BATCHES, radius)
    for radius in TNF.tumor_radii_um
}


wildcard_constraints:
    radius=r"\d+",
    batch="[0-9a-f]{16}",
    table="|".join(TABLE_BATCHES),
