"""What the workflow itself costs: planning, gathering, and the overhead over pure simulation.

    python benchmarks/campaign_scale.py dry-run
    python benchmarks/campaign_scale.py plan FOLDER
    python benchmarks/campaign_scale.py gather FOLDER [--config tests/config/ten_million.yaml]
    python benchmarks/campaign_scale.py overhead FOLDER [--paper]

Prints the rows of docs/scaling.md. FOLDER receives what is made: batch files of a million
simulations (1 GB is enough; ten million take ten times as much), or a campaign of 1,000
simulations, or of the paper's 7,288.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import typer
import yaml

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.core.parquet import read_provenance, read_table, write_table
from theraflow.tnf import tables
from theraflow.tnf.campaign.batches import Batch, PlannedSimulations, plan_batches
from theraflow.tnf.campaign.dataset import gather_trajectories, join_radii
from theraflow.tnf.campaign.plan_files import read_planned_batch, write_plan
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.simulation import output_times_min
from theraflow.tnf.trajectories.reading import read_all_simulations
from theraflow.work.ledger import schema
from theraflow.work.ledger.files import ledger_path

MILLION = REPOSITORY / "tests/config/million.yaml"
TEN_MILLION = REPOSITORY / "tests/config/ten_million.yaml"
POINTS_PER_RADIUS = 250

app = typer.Typer()


@dataclass(frozen=True)
class Cost:
    """What a process and its children took."""

    wall_s: float
    cpu_s: float
    peak_memory_mb: float

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s wall, {self.cpu_s:.1f} s CPU, {self.peak_memory_mb:.0f} MB"


def _run(*command: str | Path) -> Cost:
    """Run a command to its end; its peak memory is that of its largest process."""
    start = time.perf_counter()
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        if status != 0:
            output.seek(0)
            sys.exit(output.read().decode()[-2000:])
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _snakemake(*arguments: str | Path) -> Cost:
    return _run(
        *(sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"), *arguments
    )


@app.command()
def dry_run() -> None:
    """Measure dry runs of the paper's study, of a million simulations, and of ten million."""
    configs: dict[str, list[str | Path]] = {
        "paper": [],
        "million": ["--configfile", MILLION],
        "ten million": ["--configfile", TEN_MILLION],
    }
    for name, config in configs.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name}: {_snakemake('--dry-run', '--directory', folder, *config)}")


@app.command()
def plan(folder: Path, config: Path = TEN_MILLION) -> None:
    """Measure the plan of a radius: written by the main process, read by each job."""
    file = folder / "plan.parquet"
    print(f"written: {_run(sys.executable, __file__, 'write-radius-plan', config, file)}")
    size_mb = file.stat().st_size / 1e6
    print(f"{size_mb:.0f} MB, read: {_run(sys.executable, __file__, 'read-plan', file)}")


@app.command(hidden=True)
def write_radius_plan(config: Path, file: Path) -> None:
    """Plan the batches of the first radius, and write them."""
    tnf = load_study(config).tnf
    first = tnf.tumor_radii_um[0]
    batches = [batch for batch in plan_batches(tnf) if batch.tumor_radius_um == first]
    write_plan(batches, tnf.base_seed, engine_fingerprint(tnf.engine), file)


@app.command(hidden=True)
def read_plan(file: Path) -> None:
    """Read the last batch of a plan, as its job does."""
    last = read_table(file, [schema.BATCH], "run it again")[schema.BATCH][-1].as_py()
    read_planned_batch(file, last, read_provenance(file)["engine_fingerprint"])


@app.command()
def gather(folder: Path, config: Path = MILLION) -> None:
    """Measure the gathering of made-up simulations, each table in a process of its own."""
    tnf = load_study(config).tnf
    batches = plan_batches(tnf)
    simulations = sum(len(batch.simulations) for batch in batches)
    rng = np.random.default_rng(1)
    for batch in batches:
        _write_made_up_batch(batch, _batch_file(folder, batch), rng)
    sizes = [file.stat().st_size for file in (folder / "batches").glob("*/*.parquet")]
    print(f"{len(sizes)} files of batches, {sum(sizes) / simulations:.0f} bytes per simulation")
    for radius in tnf.tumor_radii_um:
        of_radius = [batch for batch in batches if batch.tumor_radius_um == radius]
        of_table = _by_table(of_radius, in_blocks=tnf.dataset_tables == "blocks")
        for table, members in of_table.items():
            listed = folder / "members.txt"
            listed.write_text("\n".join(str(_batch_file(folder, batch)) for batch in members))
            cost = _run(sys.executable, __file__, "gather-table", listed, folder / table)
            print(
                f"{table}, {sum(len(batch.simulations) for batch in members)} simulations: {cost}"
            )
        files = [folder / table for table in of_table]
        print(f"radius {radius} um as arrays: {_run(sys.executable, __file__, 'read', *files)}")
    if tnf.dataset_tables != "joined":
        return
    print(f"joined: {_run(sys.executable, __file__, 'join', folder)}")
    dataset = read_table(folder / "dataset.parquet", [tables.TIME_MIN], "run it again")
    print(f"{dataset.num_rows} rows, {(folder / 'dataset.parquet').stat().st_size / 1e6:.0f} MB")


@app.command(hidden=True)
def gather_table(listed: Path, table: Path) -> None:
    """Gather the batches that a file lists, a line each."""
    gather_trajectories(map(Path, listed.read_text().splitlines()), table, {})


@app.command(hidden=True)
def read(files: list[Path]) -> None:
    """Lay tables out as trainings do."""
    read_all_simulations(files)


@app.command(hidden=True)
def join(folder: Path) -> None:
    """Join the tables of all radii."""
    radius_files = (folder / "dataset").glob("radius_*um.parquet")
    join_radii(radius_files, folder / "dataset.parquet", {})


@app.command()
def overhead(folder: Path, cores: int = 2, paper: bool = False) -> None:
    """Run 1,000 simulations, evenly of the paper's four radii, and compare with their own time.

    Or all of the paper's study.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "study.yaml"
    designs = [{"kind": "paper"} if paper else {"kind": "sobol", "points": POINTS_PER_RADIUS}]
    config.write_text(yaml.safe_dump({"tnf": {"designs": designs}}))
    target = folder / "results/tnf/dataset.parquet"
    if target.exists():
        sys.exit(f"{target} exists already; give an empty folder")
    cost = _snakemake(
        *("--configfile", config, "--directory", folder, "--cores", str(cores), "tnf_dataset")
    )
    ledger = read_table(ledger_path(target), [schema.CPU_S], "run it again")
    pure_s = float(np.sum(ledger[schema.CPU_S].to_numpy()))
    print(f"{ledger.num_rows} simulations: {pure_s:.1f} s CPU; the whole run: {cost}")
    print(f"overhead in CPU time: {cost.cpu_s / pure_s - 1:.1%}")
    print(f"overhead in wall time, with {cores} cores: {cost.wall_s * cores / pure_s - 1:.1%}")


def _by_table(batches: Iterable[Batch], *, in_blocks: bool) -> dict[str, list[Batch]]:
    """Sort batches of one radius by the table, below the folder, that they are gathered to."""
    of_table: dict[str, list[Batch]] = {}
    for batch in batches:
        block = f"/block_{batch.block}" if in_blocks else ""
        of_table.setdefault(f"dataset/{batch.tumours}{block}.parquet", []).append(batch)
    return of_table


def _batch_file(folder: Path, batch: Batch) -> Path:
    return folder / f"batches/{batch.tumours}/{batch.batch_id}.parquet"


def _write_made_up_batch(batch: Batch, file: Path, rng: np.random.Generator) -> None:
    """Write both tables of a batch; counts and seeds are random, sizes are those of real ones."""
    assert isinstance(batch.simulations, PlannedSimulations)
    repetitions = batch.simulations.repetitions
    n = len(repetitions)
    seeds = rng.integers(0, 2**63, n)
    key = {
        **{name: repetitions[name] for name in repetitions.dtype.names or ()},
        tables.SEED: seeds,
        tables.ENGINE: ["embedded 1.0.0 (fast time steps) 0123456789abcdef"] * n,
    }
    ids = [f"{seed:016x}" for seed in seeds]
    times_min = output_times_min(1440)
    times = len(times_min)
    alive_share = np.exp(-np.outer(2 * rng.random(n), times_min / times_min[-1]))
    rows = pa.array(np.repeat(np.arange(n), times))
    trajectories = {
        name: pa.array(column).take(rows)
        for name, column in {tables.SIMULATION_ID: ids, **key}.items()
    } | {
        tables.TIME_MIN: np.tile(times_min, n),
        tables.ALIVE: rng.poisson(3000 * alive_share).ravel(),
        tables.APOPTOTIC: rng.poisson(200 * (1 - alive_share)).ravel(),
        tables.NECROTIC: rng.poisson(400 * (1 - alive_share)).ravel(),
    }
    write_table(_table(trajectories, tables.TRAJECTORY_SCHEMA), file, {})
    ledger = key | {
        schema.WORK: [schema.SIMULATION] * n,
        schema.KEY: ids,
        schema.ATTEMPT: np.ones(n),
        schema.STATUS: ["ok"] * n,
        schema.REASON: [""] * n,
        schema.BATCH: [batch.batch_id] * n,
        schema.HOST: ["node0001.cluster"] * n,
        schema.SLURM_JOB_ID: ["12345678_123"] * n,
        schema.STARTED: rng.integers(1_700_000_000_000, 1_800_000_000_000, n),
        schema.WALL_S: rng.random(n),
        schema.CPU_S: rng.random(n),
        schema.PEAK_MEMORY_MB: 200 + rng.random(n),
        schema.LOG: [f"logs/simulate_batch/{batch.batch_id}.log"] * n,
    }
    write_table(_table(ledger, tables.SIMULATION_LEDGER_SCHEMA), ledger_path(file), {})


def _table(columns: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    arrays = [pa.array(columns[field.name]).cast(field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


if __name__ == "__main__":
    app()
