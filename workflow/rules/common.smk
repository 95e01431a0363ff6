"""The study that the config asks for, and the file names that rules share."""

import functools
import math
import os
import sys
from pathlib import Path

# The package lies beside the rules and need not be installed, also where another workflow uses
# these rules. Scripts find it too when they run in a conda environment of their own.
CHECKOUT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
sys.path.insert(0, f"{CHECKOUT}/workflow")
os.environ.setdefault("PYTHONPATH", f"{CHECKOUT}/workflow")

from theraflow.core.identity import canonical_json
from theraflow.core.fingerprints import source_fingerprint
from theraflow.config.load import load_study
from theraflow.core.errors import UserError, as_user_error
from theraflow.core.files import find_file
from theraflow.tnf.active.plan import added_simulations, all_added_simulations
from theraflow.tnf.campaign.batches import (
    ANY_RADIUS,
    plan_batches,
    plan_noise_floor_batches,
    radius_of,
    simulations_of_drawn_radii,
    simulations_per_radius,
    tumours_of,
)
from theraflow.tnf.campaign.cost import (
    end_sooner_in_turn,
    expected_batch_wall_s,
    expected_cpu_s,
    expected_gathering_cpu_s,
    expected_general_training_cpu_s,
    expected_mean_cpu_s,
    expected_training_cpu_s,
    expected_worker_memory_mb,
    simulations_at_once,
    simulation_time_limit_s,
)
from theraflow.tnf.campaign.design import block_numbers, radius_designs
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.surrogate.training.fingerprint import (
    general_training_fingerprint,
    member_training_fingerprint,
    training_fingerprint,
)

try:
    STUDY = load_study(config)
    # Jobs on a cluster read the workflow again, for a study that was checked when they were planned.
    if workflow.is_main_process:
        from theraflow.tnf.campaign.preflight import check_feasible

        check_feasible(STUDY.tnf)
except UserError as error:
    sys.exit(f"theraflow: error: {error}")

TNF = STUDY.tnf
BLOCKS_OF_RADII, BLOCKS_OF_DRAWN_RADII = block_numbers(TNF.designs)


# Planned when the first rule asks, as a job that simulates or trains does not.
@functools.cache
def dataset_batches():
    """List the batches of the data set."""
    return plan_batches(TNF)


@functools.cache
def batch_threads():
    """Count the simulations that a job of the campaign runs at a time."""
    if TNF.batches.threads is not None:
        return TNF.batches.threads
    # Of a dry run, only the number of jobs at once tells that they will go to a cluster.
    available = workflow.resource_settings
    if not (workflow.is_main_process and workflow.local_exec) or available.nodes is not None:
        return 1
    batches = dataset_batches()
    longest_s = max(
        (len(batch.simulations) * mean_cpu_s(batch.tumours) for batch in batches), default=0.0
    )
    if end_sooner_in_turn(longest_s, len(batches)):
        return simulations_at_once(available.cores, TNF.engine)
    return 1


def batch_cores(wildcards):
    """Count the cores of a job that simulates by the engine of the study."""
    return batch_threads() * TNF.engine.cores_per_simulation


def validation_batch_cores(wildcards):
    """Count the cores of a job that simulates by one of the compared engines."""
    return batch_threads() * engine_of(wildcards).cores_per_simulation


def batch_files(batches, folder="results/tnf/batches"):
    """Name the files of batches."""
    return [f"{folder}/{batch.tumours}/{batch.batch_id}.parquet" for batch in batches]


def batch_files_of_table(wildcards):
    """Name the batches that a table is gathered from."""
    if wildcards.table == "noise_floor":
        return batch_files(plan_noise_floor_batches(TNF))
    tumours, _, block = wildcards.table.removeprefix("dataset/").partition("/")
    return batch_files(
        batch
        for batch in dataset_batches()
        if batch.tumours == tumours and block in ("", f"block_{batch.block}")
    )


def tables_of_tumours(tumours, blocks):
    """Name the tables that designs ask for: of the same tumours, and each block where so stored."""
    if TNF.dataset_tables != "blocks":
        return [f"results/tnf/dataset/{tumours}.parquet"] if blocks else []
    return [f"results/tnf/dataset/{tumours}/block_{block}.parquet" for block in blocks]


def tables_of_designs_at(radius):
    """Name the tables of the simulations that designs ask for at a radius."""
    return tables_of_tumours(tumours_of(radius), BLOCKS_OF_RADII)


def tables_of_drawn_radii():
    """Name the tables of the simulations whose designs draw the radius, where there are such."""
    return tables_of_tumours(ANY_RADIUS, BLOCKS_OF_DRAWN_RADII)


# Asked for by every batch.
@functools.cache
def smoke_run_reports(engine):
    """Name the report of an engine's smoke run; of the embedded engine there is none to make."""
    if engine.name == "embedded":
        return []
    return [ancient(f"results/tnf/engine_checks/{engine_fingerprint(engine)}.txt")]


def engine_of(wildcards):
    """Find the engine of the study that a job names by its fingerprint."""
    from theraflow.tnf.agreement.plan import find_engine

    return find_engine(TNF, wildcards.fingerprint)


def engine_checks(wildcards):
    """Name the report that batches wait for."""
    return smoke_run_reports(TNF.engine)


def validation_engine_check(wildcards):
    """Name the report that batches of one of the compared engines wait for."""
    return smoke_run_reports(engine_of(wildcards))


def file_of_config(path, meaning):
    """Name a file as rules take it: in the working directory, or else in the repository."""
    file = find_file(path, meaning)
    return str(path) if Path(path).exists() else str(file)


def validation_inputs(wildcards):
    """Name the batches of the study's engine, and of the other one, or the reference."""
    from theraflow.tnf.agreement.plan import plan_validation_batches, validation_engines

    files = [
        batch_files(
            plan_validation_batches(TNF, engine),
            f"results/tnf/validation/batches/{engine_fingerprint(engine)}",
        )
        for engine in validation_engines(TNF)
    ]
    reference = TNF.validation.reference_file
    if reference is None:
        return {"own": files[0], "other": files[1]}
    return {"own": files[0], "other": [file_of_config(reference, "reference trajectories")]}


def runtime_min(expected_s, at_least_s=0):
    """Allow thrice the expected time, and ten minutes for the start and compilation."""
    return math.ceil(10 + max(3 * expected_s, at_least_s) / 60)


def radii_of(tumours):
    """List the lowest and highest radii of batches by their folder: one pair, or one per design."""
    radius = radius_of(tumours)
    if radius is None:
        return [design.tumor_radius_um for design in radius_designs(TNF.designs)]
    return [(radius, radius)]


@functools.cache
def mean_cpu_s(tumours, engine=TNF.engine, horizon_min=TNF.horizon_min):
    """Estimate the mean CPU time (s) of simulations of the same folder, of the longest design."""
    return max(expected_mean_cpu_s(radii_um, engine, horizon_min) for radii_um in radii_of(tumours))


def batch_runtime_min(tumours, threads, engine=TNF.engine, horizon_min=TNF.horizon_min):
    """Allow the time of a full batch, also when one simulation runs into its time limit."""
    expected_s = expected_batch_wall_s(
        mean_cpu_s(tumours, engine, horizon_min),
        TNF.batches,
        simulations_at_once(threads, engine),
    )
    limit_s = simulation_time_limit_s(engine, TNF.batches)
    return runtime_min(expected_s, at_least_s=expected_s + limit_s)


def batch_memory_mb(tumours, threads, engine=TNF.engine, horizon_min=TNF.horizon_min):
    """Allow the memory of a batch."""
    largest_um = max(high for _, high in radii_of(tumours))
    return simulating_memory_mb(largest_um, threads, engine, horizon_min)


def simulating_memory_mb(largest_um, threads, engine=TNF.engine, horizon_min=TNF.horizon_min):
    """Allow the memory of a process for each simulation that runs at a time."""
    worker_mb = expected_worker_memory_mb(largest_um, engine, horizon_min)
    return 1000 + simulations_at_once(threads, engine) * worker_mb


# Asked for by every batch; a reference is a file to read.
@functools.cache
def validation_horizon_min(radius):
    """Return when the compared simulations of a radius end."""
    from theraflow.tnf.agreement.plan import validation_horizons_min

    return validation_horizons_min(TNF)[int(radius)]


def validation_memory_mb(wildcards, threads):
    """Allow the memory of a batch of one of the compared engines."""
    tumours, horizon_min = f"radius_{wildcards.radius}um", validation_horizon_min(wildcards.radius)
    return batch_memory_mb(tumours, threads, engine_of(wildcards), horizon_min)


def validation_runtime_min(wildcards, threads):
    """Allow the time that a batch of one of the compared engines takes."""
    tumours, horizon_min = f"radius_{wildcards.radius}um", validation_horizon_min(wildcards.radius)
    return batch_runtime_min(tumours, threads, engine_of(wildcards), horizon_min)


def timing_runtime_min(radius):
    """Allow the time of the simulations that are timed, and twenty minutes for inference."""
    simulations = TNF.evaluation.timing.simulations
    return 20 + runtime_min(simulations * expected_cpu_s(int(radius), TNF.engine, TNF.horizon_min))


def gathering_runtime_min():
    """Allow the time that sorting the simulations of one table takes."""
    simulations = max(simulations_per_radius(TNF), simulations_of_drawn_radii(TNF))
    return runtime_min(expected_gathering_cpu_s(simulations, TNF.horizon_min))


def joining_runtime_min():
    """Allow the time that joining all tables takes, which are sorted anew where radii are drawn."""
    drawn = simulations_of_drawn_radii(TNF)
    of_radii = len(TNF.tumor_radii_um) * simulations_per_radius(TNF)
    mixed = drawn + all_added_simulations(TNF)
    sorted_anew = of_radii + mixed if mixed else simulations_per_radius(TNF)
    return runtime_min(expected_gathering_cpu_s(sorted_anew, TNF.horizon_min))


def training_runtime_min():
    """Allow the time that training the surrogate of one radius takes on one core."""
    added = max(added_simulations(TNF, radius) for radius in TNF.tumor_radii_um)
    simulations = simulations_per_radius(TNF) + added
    return runtime_min(expected_training_cpu_s(TNF.surrogates, simulations, TNF.horizon_min))


def general_training_runtime_min():
    """Allow the time that training the surrogate of every radius takes on one core."""
    of_radii = len(TNF.tumor_radii_um) * simulations_per_radius(TNF)
    simulations = of_radii + simulations_of_drawn_radii(TNF) + all_added_simulations(TNF)
    return runtime_min(
        expected_general_training_cpu_s(TNF.surrogates, simulations, TNF.horizon_min)
    )


def settings(section, **selection):
    """Write config as text that differs only where the values do; ``selection`` is pydantic's."""
    return canonical_json(section.identity(**selection))


def per_radius(pattern):
    """Name one file per tumour radius."""
    return expand(f"results/tnf/{pattern}", radius=TNF.tumor_radii_um)


def tables_of_designs():
    """Name the tables that the designs ask for."""
    of_radii = [table for radius in TNF.tumor_radii_um for table in tables_of_designs_at(radius)]
    return of_radii + tables_of_drawn_radii()


def dataset_tables():
    """Name the tables that the data set is made of."""
    return tables_of_designs() + tables_of_rounds()


def tables_of_surrogate(wildcards):
    """Name the tables that a surrogate was trained on."""
    if wildcards.surrogate == "general":
        return dataset_tables()
    return tables_of_radius(radius_of(wildcards.surrogate))


def tables_of_radius(radius):
    """Name the tables with the simulations of one radius."""
    return tables_of_designs_at(radius) + tables_of_rounds(tumor_radius_um=int(radius))


def of_general_surrogate(*files):
    """List files of the general surrogate, if the config asks for one."""
    return list(files) if TNF.surrogates.general_surrogate else []


def figure_files(study, figures):
    """Name the files of a study's figures, one per format."""
    return expand(
        f"results/{study}/figures/{{figure.id}}.{{format}}",
        figure=figures,
        format=getattr(STUDY, study).figures.formats,
    )


wildcard_constraints:
    radius=r"\d+",
    batch="[0-9a-f]{16}",
    fingerprint="[0-9a-f]{16}",
    surrogate=r"radius_\d+um|general",
    table=r"noise_floor|dataset/(radius_\d+um|any_radius)(/block_\d+)?",
    tumours=r"radius_\d+um|any_radius",
