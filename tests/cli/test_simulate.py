"""``theraflow tnf simulate`` tells what came out, so that nobody needs to open the table first."""

from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from theraflow.cli import app


def test_it_tells_the_cells_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "trajectories.parquet"
    options = "--radius 50 --period 60 --duration 10 --concentration 0.5 --horizon 120"
    command = ["tnf", "simulate", *options.split(), "--replicates", "3", "--workers", "1"]
    run = CliRunner().invoke(app, [*command, "--out", str(out)])
    assert run.exit_code == 0, run.output
    frame = pd.read_parquet(out)
    alive = frame.loc[frame["time_min"] == 120, "alive"]
    assert len(alive) == 3
    assert f"alive {alive.mean():.1f} ({alive.min()} to {alive.max()})," in run.output
