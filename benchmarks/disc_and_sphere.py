"""Discs against spheres: whether the same treatments work, and how the best ones differ.

    python benchmarks/disc_and_sphere.py DISC_RESULTS SPHERE_RESULTS OUT [--replicates 128]

Both are results folders of one study, in two and in three dimensions. All treatments of their
common design are compared by the living cells left at the horizon; the best treatment of each
radius that both have searched is simulated in both dimensions, with replicates that no search has
seen.
Writes `left.csv` (a row per treatment), `best_treatments.csv` and the figure to OUT.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter
from scipy import stats

from theraflow.config.figures import FiguresConfig
from theraflow.config.tnf.engines import Dimension, EngineConfig
from theraflow.config.tnf.treatment import VerificationConfig
from theraflow.core.files import write_text_atomic
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import radii_of, rows_of_radius
from theraflow.tnf import tables as tnf_tables
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.trajectories.reading import read_trajectories
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.problem import Target, tnf_given
from theraflow.tnf.treatment.verification import Verifier

SPACES: dict[Dimension, str] = {2: "disc", 3: "sphere"}
# No stream of searches, of the choice or of other comparisons.
STREAM = "disc and sphere"
SEED = 1
POINT = [tnf_tables.TUMOR_RADIUS_UM, *tnf_tables.PARAMETER_COLUMNS]
PANEL_HEIGHT_MM = 60.0


def main(
    disc: Annotated[Path, typer.Argument(help="Results folder of the study of discs.")],
    sphere: Annotated[Path, typer.Argument(help="Results folder of the study of spheres.")],
    out: Annotated[Path, typer.Argument(help="Folder for tables and figure.")],
    replicates: Annotated[int, typer.Option(help="Simulations of each best treatment.")] = 128,
    workers: Annotated[int, typer.Option(help="Worker processes.")] = 1,
) -> None:
    """Compare the two studies and print what is written."""
    left = _left(disc / "tnf/dataset.parquet").merge(
        _left(sphere / "tnf/dataset.parquet"), on=POINT, suffixes=("_disc", "_sphere")
    )
    _write(left, out / "left.csv")
    for radius in radii_of(left):
        rows = rows_of_radius(left, radius)
        agreement = stats.spearmanr(rows["left_disc"], rows["left_sphere"]).statistic
        print(f"{radius} um: rank correlation {agreement:.3f} over {len(rows)} treatments")
    found: dict[Dimension, pd.DataFrame] = {
        2: pd.read_parquet(disc / "tnf/treatment/treatments.parquet"),
        3: pd.read_parquet(sphere / "tnf/treatment/treatments.parquet"),
    }
    searched = set(radii_of(found[2])) & set(radii_of(found[3]))
    best = _best_in_both(found, sorted(searched), replicates, workers)
    _write(best, out / "best_treatments.csv")
    print(best.round(4).to_string())
    with style.style():
        style.save_figure(_draw(left, best), out / "disc_and_sphere", FiguresConfig())


def _left(dataset: Path) -> pd.DataFrame:
    """Tell which part of the living cells each simulated treatment leaves at the horizon."""
    frame = read_trajectories(dataset)
    ends = frame.groupby(POINT, as_index=False).agg(
        first=(tnf_tables.ALIVE, "first"), last=(tnf_tables.ALIVE, "last")
    )
    return ends[POINT].assign(left=ends["last"] / ends["first"])


def _best_in_both(
    found: dict[Dimension, pd.DataFrame], radii_um: list[int], replicates: int, workers: int
) -> pd.DataFrame:
    """Simulate the best treatment of each radius for discs and for spheres in discs and spheres."""
    rows = []
    for radius in radii_um:
        target = Target((radius,), int(found[2][tables.HORIZON_MIN].iloc[0]))
        best = [_best(found[dimension], target) for dimension in SPACES]
        for dimension, space in SPACES.items():
            engine = make_embedded_engine(EngineConfig(dimension=dimension))
            config = VerificationConfig(replicates=replicates)
            cells = Verifier(engine, config, SEED, workers, STREAM).simulate(np.array(best), target)
            for index, found_for in enumerate(SPACES.values()):
                initial = cells.initial[index].mean()
                rows.append(
                    {
                        tnf_tables.TUMOR_RADIUS_UM: radius,
                        "found_for": found_for,
                        "simulated_as": space,
                        **dict(zip(tnf_tables.PARAMETER_COLUMNS, best[index], strict=True)),
                        tables.TNF_GIVEN: tnf_given(np.array(best), target.horizon_min)[index],
                        tables.INITIAL_CELLS: initial,
                        "left": cells.mean[index, 0] / initial,
                        "left_standard_error": cells.standard_error[index, 0] / initial,
                        tables.REPLICATES: replicates,
                    }
                )
    return pd.DataFrame(rows)


def _best(found: pd.DataFrame, target: Target) -> np.ndarray:
    of_target = found[(found[tables.TARGET] == target.name) & (found[tables.KIND] == tables.BEST)]
    first = of_target.sort_values(tables.SIMULATED_LIVING_CELLS, kind="stable").iloc[0]
    return first[list(tnf_tables.PARAMETER_COLUMNS)].to_numpy(np.float64)


def _draw(left: pd.DataFrame, best: pd.DataFrame) -> Figure:
    config = FiguresConfig()
    radii_um = radii_of(left)
    figure, ((*panels,),) = style.new_figure(config, 1, len(radii_um), PANEL_HEIGHT_MM)
    lowest = 80 * left[["left_disc", "left_sphere"]].to_numpy().min()
    highest = 125 * left[["left_disc", "left_sphere"]].to_numpy().max()
    for radius, panel in zip(radii_um, panels, strict=True):
        rows = rows_of_radius(left, radius)
        dots = panel.scatter(
            100 * rows["left_disc"],
            100 * rows["left_sphere"],
            c=rows[tnf_tables.TNF_CONCENTRATION],
            norm=LogNorm(),
            cmap="cividis",
            s=6,
        )
        if radius in radii_of(best):
            for found_for, marker in zip(SPACES.values(), ("s", "o"), strict=True):
                _draw_best(panel, rows_of_radius(best, radius), found_for, marker)
        panel.plot([lowest, highest], [lowest, highest], color=style.GREY, lw=0.8, ls=":")
        panel.set(xscale="log", yscale="log", xlim=(lowest, highest), ylim=(lowest, highest))
        panel.set(title=f"radius {radius} µm", xlabel="left in a disc (% of the start)")
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(ScalarFormatter())
            axis.set_minor_formatter(NullFormatter())
    panels[0].set_ylabel("left in a sphere (% of the start)")
    figure.colorbar(dots, ax=panels, label="TNF concentration", aspect=30, pad=0.01)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _draw_best(panel: Axes, best: pd.DataFrame, found_for: str, marker: str) -> None:
    """Mark the best treatment for one space by what it leaves in both."""
    rows = best[best["found_for"] == found_for].set_index("simulated_as")
    left, error = 100 * rows["left"], 100 * rows["left_standard_error"]
    panel.errorbar(
        left["disc"],
        left["sphere"],
        yerr=2 * error["sphere"],
        xerr=2 * error["disc"],
        marker=marker,
        ls="",
        ms=6,
        mfc="none",
        color=style.VERMILION,
        label=f"best for a {found_for}, simulated anew (± 2 standard errors)",
    )


def _write(frame: pd.DataFrame, file: Path) -> None:
    write_text_atomic(file, frame.to_csv(index=False, float_format="%.6g"))


if __name__ == "__main__":
    typer.run(main)
