"""Active learning against a Sobol design of as many simulations, on the embedded engine.

    python benchmarks/active_learning.py OUT --seed 1 --seed 2 --seed 3

Both begin with the same Sobol points. In every round one adds the points that the workflow's active
learning chooses, the other the next ones of its Sobol sequence. After every round a general
surrogate is trained on each, with the same validation simulations, and tested on Sobol points that
neither has seen, each simulated several times. A run that was stopped goes on when it is started
again. Writes `active_learning.csv`, `differences.csv` and the figure to OUT.
"""

import time
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import torch
import typer
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import t
from torch import Tensor

from theraflow.config.figures import FiguresConfig
from theraflow.config.load import load_study
from theraflow.config.tnf.designs import SobolDesign
from theraflow.config.tnf.study import TnfConfig
from theraflow.core.files import write_text_atomic
from theraflow.report.figures import style
from theraflow.report.figures.tnf.conventions import panel_per_radius, rows_of_radius
from theraflow.tnf import tables
from theraflow.tnf.active.choosing import choose_points
from theraflow.tnf.active.simulating import points_of_round
from theraflow.tnf.campaign.batches import PlannedSimulations, repeat
from theraflow.tnf.campaign.design import Points, at_radius, design_parameters, treatments_by_block
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.engine.tables import trajectory_table
from theraflow.tnf.surrogate.training.general import train_general_network
from theraflow.tnf.surrogate.training.split import ADDED_FIRST_REPLICATE
from theraflow.tnf.surrogate.uncertainty.calibrating import train_ensemble_member
from theraflow.tnf.surrogate.uncertainty.replicates import MeansOfReplicates
from theraflow.tnf.trajectories.arrays import Trajectories, trajectories
from theraflow.tnf.trajectories.metrics import relative_error_percent

SEED, METHOD, PER_RADIUS = "seed", "method", "simulations_per_radius"
ACTIVE, SOBOL = "active", "sobol"
ERROR_OF_MEAN = "error_of_the_mean_percent"
SIMULATING_CPU_S, CHOOSING_CPU_S = "simulating_cpu_s", "choosing_cpu_s"
# Where good treatments lie too: weak pulses as often as strong ones.
REGION: Final = {
    "tnf_concentration": [0.005, 1.0],
    "tnf_concentration_above": 0.0,
    "concentration_scale": "log",
}
# Few simulations need smaller batches than thousands do, or there are too few steps.
TRAINING: Final = {
    "device": "cpu",
    "split": {"validation_fraction": 0.15, "test_fraction": 0.0},
    "general": {"hidden_size": 96, "epochs": 120, "batch_size": 24},
    "uncertainty": {"epochs": 60, "batch_size": 24},
}
TEST_DESIGN_SEED, CANDIDATES_SEED = 99, 1000


def main(
    out: Annotated[Path, typer.Argument(help="Folder for simulations, tables and figure.")],
    seed: Annotated[list[int], typer.Option(help="Seeds of designs, simulations and weights.")],
    radius: Annotated[list[int] | None, typer.Option(help="Tumour radii, um.")] = None,
    start: Annotated[int, typer.Option(help="Sobol points per radius at the start.")] = 64,
    points: Annotated[int, typer.Option(help="Points per radius and round.")] = 48,
    rounds: Annotated[int, typer.Option(help="Rounds.")] = 3,
    sobol_rounds: Annotated[
        int,
        typer.Option(help="As many points more for the Sobol design, to compare at equal time."),
    ] = 6,
    test_points: Annotated[int, typer.Option(help="Test points per radius.")] = 96,
    test_replicates: Annotated[int, typer.Option(help="Simulations of each.")] = 4,
) -> None:
    """Compare both at every number of simulations, for each seed."""
    torch.set_num_threads(1)
    radii_um = radius or [100, 275]
    test = _test_simulations(out / "test.parquet", radii_um, test_points, test_replicates)
    tables_of_seeds: list[pd.DataFrame] = []
    for one in seed:
        tnf = _study(radii_um, one, start, points, rounds)
        tables_of_seeds.append(_of_seed(tnf, one, sobol_rounds, test, out / f"seed_{one}"))
        table = pd.concat(tables_of_seeds, ignore_index=True)
        write_text_atomic(out / "active_learning.csv", table.to_csv(index=False))
        print(table[table[SEED] == one].to_string(index=False), flush=True)
    differences = _differences(table)
    write_text_atomic(out / "differences.csv", differences.to_csv(index=False))
    print(differences.to_string(index=False))
    style.save_figure(_draw(table), out / "active_learning", FiguresConfig())


def _study(radii_um: list[int], seed: int, start: int, points: int, rounds: int) -> TnfConfig:
    tnf = {
        "tumor_radii_um": radii_um,
        "base_seed": seed,
        "designs": [{"kind": "sobol", "points": start, "seed": seed, **REGION}],
        "engine": {"time_steps": "fast"},
        "surrogates": {"base_seed": seed, **TRAINING},
        "active_learning": {
            "rounds": rounds,
            "points": points,
            "candidates": {
                "kind": "sobol",
                "points": 2048,
                "seed": CANDIDATES_SEED + seed,
                **REGION,
            },
        },
    }
    return load_study({"tnf": tnf}).tnf


def _of_seed(
    tnf: TnfConfig, seed: int, sobol_rounds: int, test: pd.DataFrame, folder: Path
) -> pd.DataFrame:
    """Let both methods add their rounds; a row per method, number of simulations and radius."""
    file = folder / "rows.csv"
    done = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=[METHOD, PER_RADIUS])
    engine = make_engine(tnf.engine)
    engine.warm_up()
    active = tnf.active_learning
    (design,) = tnf.designs
    assert isinstance(design, SobolDesign)
    longest = design.points + sobol_rounds * active.points
    (treatments,) = treatments_by_block((design.model_copy(update={"points": longest}),))
    start = _simulate(_at_radii(treatments[: design.points], tnf), 0, tnf, engine)
    for method, rounds in ((ACTIVE, active.rounds), (SOBOL, sobol_rounds)):
        last = design.points + rounds * active.points
        if last in done.loc[done[METHOD] == method, PER_RADIUS].to_numpy():
            continue
        (frame, simulating_s), choosing_s = start, 0.0
        for number in range(rounds + 1):
            size = design.points + number * active.points
            if number:
                before = time.process_time()
                if method == ACTIVE:
                    chosen = _chosen(frame, tnf, number, folder)
                else:
                    chosen = _at_radii(treatments[size - active.points : size], tnf)
                choosing_s += time.process_time() - before
                added, added_s = _simulate(chosen, ADDED_FIRST_REPLICATE, tnf, engine)
                frame, simulating_s = pd.concat([frame, added]), simulating_s + added_s
            if size in done.loc[done[METHOD] == method, PER_RADIUS].to_numpy():
                continue
            rows = pd.DataFrame(_errors(frame, tnf, test, folder))
            rows[[SEED, METHOD]] = seed, method
            rows[[CHOOSING_CPU_S, SIMULATING_CPU_S]] = choosing_s, simulating_s
            done = pd.concat([done, rows], ignore_index=True)
            write_text_atomic(file, done.to_csv(index=False))
    return done


def _chosen(frame: pd.DataFrame, tnf: TnfConfig, number: int, folder: Path) -> Points:
    """Choose the points of a round as the rules of the workflow do."""
    directory = folder / f"round_{number}"
    design = design_parameters(tnf.designs)
    for member in range(tnf.surrogates.uncertainty.members):
        train_ensemble_member(
            frame,
            tnf.tumor_radii_um,
            member,
            tnf.surrogates,
            tnf.surrogates.base_seed,
            directory,
            design=design,
            show_progress=False,
        )
    points = choose_points(frame, tnf, directory)
    points.to_parquet(folder / f"round_{number}.parquet")
    return points_of_round(points)


def _at_radii(treatments: NDArray[np.void], tnf: TnfConfig) -> Points:
    return np.concatenate([at_radius(treatments, radius) for radius in tnf.tumor_radii_um])


def _simulate(
    points: Points, replicate: int, tnf: TnfConfig, engine: Engine, replicates: int = 1
) -> tuple[pd.DataFrame, float]:
    """Simulate points in this process; returns the trajectories and the CPU time."""
    before = time.process_time()
    repetitions = repeat(points, range(replicate, replicate + replicates))
    simulations = PlannedSimulations(tnf.base_seed, repetitions, tnf.horizon_min)
    counts = [engine.simulate(one) for one in simulations]
    frame = trajectory_table(simulations, counts, engine).to_pandas()
    return frame, time.process_time() - before


def _test_simulations(
    file: Path, radii_um: list[int], points: int, replicates: int
) -> pd.DataFrame:
    if not file.exists():
        tnf = _study(radii_um, TEST_DESIGN_SEED, points, 1, 0)
        engine = make_engine(tnf.engine)
        engine.warm_up()
        (treatments,) = treatments_by_block(tnf.designs)
        frame, _ = _simulate(_at_radii(treatments, tnf), 0, tnf, engine, replicates)
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(file)
    return pd.read_parquet(file)


def _errors(
    frame: pd.DataFrame, tnf: TnfConfig, test: pd.DataFrame, folder: Path
) -> list[dict[str, Any]]:
    """Train on all simulations; R^T of every radius, of single ones and of means of replicates."""
    simulations = trajectories(frame)
    trained = train_general_network(
        simulations,
        tnf.tumor_radii_um,
        tnf.surrogates,
        tnf.surrogates.base_seed,
        folder / "checkpoint.pt",
        design=np.unique(simulations.parameters[simulations.replicates == 0], axis=0),
        show_progress=False,
    )
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    rows = []
    tested = trajectories(test)
    for radius in tnf.tumor_radii_um:
        of_radius = tested.subset(np.flatnonzero(tested.tumor_radii_um == radius))
        predictions = _predict(trained.training.network, of_radius)
        means = MeansOfReplicates.of(of_radius.counts, of_radius.points)
        errors = relative_error_percent(of_radius.counts, predictions)
        of_means = relative_error_percent(means.mean, predictions[means.first])
        rows.append(
            {
                tables.TUMOR_RADIUS_UM: radius,
                PER_RADIUS: int((simulations.tumor_radii_um == radius).sum()),
                tables.RELATIVE_ERROR: errors[:, 1:].mean(),
                ERROR_OF_MEAN: of_means[:, 1:].mean(),
            }
        )
    return rows


def _predict(network: torch.nn.Module, simulations: Trajectories) -> NDArray[np.float64]:
    inputs = np.column_stack([simulations.tumor_radii_um, simulations.parameters])
    with torch.inference_mode():
        counts: Tensor = network(torch.tensor(inputs, dtype=torch.float32))
    return counts.double().numpy()


def _differences(table: pd.DataFrame) -> pd.DataFrame:
    """Subtract the errors of Sobol designs, seed by seed; means with 95 % intervals.

    Active learning is compared with the design of as many simulations, and with the largest that
    takes no more CPU time on average, choosing included.
    """
    costs = table.groupby([METHOD, PER_RADIUS])[[SIMULATING_CPU_S, CHOOSING_CPU_S]].mean()
    total_s = costs.sum(axis=1)
    rows = []
    for size in table.loc[table[METHOD] == ACTIVE, PER_RADIUS].unique():
        as_long = total_s[SOBOL][total_s[SOBOL] <= total_s[ACTIVE][size]].index.max()
        for equal, other in (("simulations", size), ("cpu_time", as_long)):
            for radius in table[tables.TUMOR_RADIUS_UM].unique():
                row = {
                    tables.TUMOR_RADIUS_UM: radius,
                    f"{ACTIVE}_{PER_RADIUS}": size,
                    "equal": equal,
                    f"{SOBOL}_{PER_RADIUS}": other,
                    f"{ACTIVE}_cpu_s": total_s[ACTIVE][size],
                    f"{SOBOL}_cpu_s": total_s[SOBOL][other],
                }
                of_radius = table[table[tables.TUMOR_RADIUS_UM] == radius]
                for error in (tables.RELATIVE_ERROR, ERROR_OF_MEAN):
                    ours, theirs = (
                        of_radius[
                            (of_radius[METHOD] == method) & (of_radius[PER_RADIUS] == number)
                        ].set_index(SEED)[error]
                        for method, number in ((ACTIVE, size), (SOBOL, other))
                    )
                    difference = ours - theirs
                    reach = t.ppf(0.975, len(difference) - 1) * difference.sem()
                    row |= {
                        f"{ACTIVE}_{error}": ours.mean(),
                        f"{SOBOL}_{error}": theirs.mean(),
                        f"difference_{error}": difference.mean(),
                        f"lower_{error}": difference.mean() - reach,
                        f"upper_{error}": difference.mean() + reach,
                    }
                rows.append(row)
    return pd.DataFrame(rows)


def _draw(table: pd.DataFrame) -> Figure:
    looks = {ACTIVE: ("active learning", style.BLUE), SOBOL: ("Sobol", style.GREY)}
    with style.style():
        figure, panels = panel_per_radius(table, FiguresConfig())
        for radius, panel in panels.items():
            of_radius = rows_of_radius(table, radius)
            for method, (label, colour) in looks.items():
                of_method = of_radius[of_radius[METHOD] == method]
                mean = of_method.groupby(PER_RADIUS)[ERROR_OF_MEAN].mean()
                panel.plot(of_method[PER_RADIUS], of_method[ERROR_OF_MEAN], ".", c=colour, ms=3)
                panel.plot(mean.index, mean, color=colour, label=label)
            panel.set(xlabel="simulations per radius", ylabel="error of the mean (%)")
            panel.set_xticks(mean.index)
            panel.set_ylim(bottom=0)
            panel.legend()
    return figure


if __name__ == "__main__":
    typer.run(main)
