"""How often the intervals of the general surrogate hold what they promise, on a data set.

    python benchmarks/interval_coverage.py DATA OUT

DATA is a Parquet file of trajectories. Trains the general surrogate and its ensemble, calibrates
on the validation simulations, and checks on a fifth that neither saw. Writes coverage.csv (a row
per level and radius) and the figures of docs/uncertainty.md, and prints its table.
"""

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.surrogates import SplitConfig, SurrogatesConfig
from theraflow.core.files import write_text_atomic
from theraflow.report.figures.style import save_figure
from theraflow.report.figures.tnf.coverage import coverage_over_time
from theraflow.report.figures.tnf.intervals import predicted_intervals
from theraflow.tnf import tables
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate
from theraflow.tnf.surrogate.uncertainty.calibrating import (
    calibrate_ensemble,
    train_ensemble_member,
)
from theraflow.tnf.surrogate.uncertainty.coverage import check_coverage
from theraflow.tnf.surrogate.uncertainty.ensemble import load_calibrated_surrogate
from theraflow.tnf.surrogate.uncertainty.interval_table import interval_table
from theraflow.tnf.trajectories.reading import read_simulations

CONFIG: Final = SurrogatesConfig(split=SplitConfig(test_fraction=0.2))
SEED: Final = 1
RADIUS_UM: Final = 100
TREATMENT: Final = (300, 60, 0.5)


def main(
    dataset: Annotated[Path, typer.Argument(help="Parquet file of trajectories.")],
    out: Annotated[Path, typer.Argument(help="Folder for surrogate, table and figures.")],
) -> None:
    """Train, calibrate, check."""
    frame = read_simulations(dataset)
    radii_um = [int(radius) for radius in sorted(frame[tables.TUMOR_RADIUS_UM].unique())]
    folder = out / "general"
    train_general_surrogate(frame, radii_um, CONFIG, SEED, folder, show_progress=False)
    started = time.process_time()
    for member in range(CONFIG.uncertainty.members):
        train_ensemble_member(frame, radii_um, member, CONFIG, SEED, folder)
    print(f"members: {time.process_time() - started:.0f} CPU s")
    calibrate_ensemble(folder, frame, CONFIG.uncertainty)
    surrogate = load_calibrated_surrogate(folder)
    checked = check_coverage(surrogate, read_split(folder), frame, frame)
    # Replicates that the data may hold would check the mean as well, which is another table.
    coverage = checked[checked[tables.INTERVAL_OF] == tables.ONE_SIMULATION]
    config = FiguresConfig()
    save_figure(coverage_over_time(coverage, config), out / "coverage_over_time", config)
    intervals = interval_table(surrogate, RADIUS_UM, *TREATMENT)
    save_figure(predicted_intervals(intervals, config), out / "predicted_intervals", config)
    table = coverage.pivot_table(
        index=[tables.LEVEL, tables.TUMOR_RADIUS_UM, tables.CHECKED],
        columns=tables.CELL_TYPE,
        values=tables.COVERAGE,
    )
    table = table.assign(all=table.mean(axis=1)).reset_index()
    write_text_atomic(out / "coverage.csv", table.to_csv(index=False, float_format="%.4g"))
    print(table.round(1).to_string(index=False))
    by_hour = coverage.groupby([tables.LEVEL, tables.TIME_MIN])[tables.COVERAGE].mean()
    print(by_hour.groupby(tables.LEVEL).agg(["min", "max", "mean"]).round(1).to_string())


if __name__ == "__main__":
    typer.run(main)
