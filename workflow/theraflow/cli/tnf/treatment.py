"""Treatments that leave few living cells: ``theraflow tnf optimise``.

Torch and numba take seconds to import, so the command imports what needs them when it runs.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.cli.tnf.engine_options import (
    BirthRateOption,
    DimensionOption,
    TimeStepsOption,
    make_simulator,
)
from theraflow.config.tnf.ranges import TUMOR_RADIUS_RANGE_UM
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable

if TYPE_CHECKING:
    import pandas as pd

_NAME = "search"
_PACKAGES = ("numpy", "numba", "torch", "scipy", "cma", "pymoo", "optuna")


def register(app: typer.Typer) -> None:
    """Add the command to a group."""
    app.command("optimise")(optimise)


def optimise(
    radius: Annotated[
        list[int],
        typer.Option(
            min=TUMOR_RADIUS_RANGE_UM[0],
            max=TUMOR_RADIUS_RANGE_UM[1],
            help="Initial tumour radius, um; repeated: the worst of them counts.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the tables of treatments.")],
    surrogate: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of a trained surrogate; may be repeated, for several radii."),
    ] = None,
    engine: Annotated[
        bool, typer.Option("--engine", help="Search on the embedded engine, without a surrogate.")
    ] = False,
    horizon: Annotated[int, typer.Option(help="When living cells are counted, min.")] = 1440,
    seed: Annotated[int, typer.Option(min=0, help="Seed of search and simulations.")] = 1,
    method: Annotated[
        str | None,
        typer.Option(
            help="Method of search (docs/search.md).",
            show_default="cma-es; with --engine sobol",
        ),
    ] = None,
    evaluations: Annotated[
        int | None,
        typer.Option(
            min=1, help="Treatments that are evaluated.", show_default="3000; with --engine 512"
        ),
    ] = None,
    tnf_weight: Annotated[
        float, typer.Option(min=0.0, help="Weight of the TNF given beside the living cells.")
    ] = 0.0,
    caution: Annotated[
        float, typer.Option(help="Standard deviations added to what a surrogate predicts.")
    ] = 0.0,
    candidates: Annotated[
        int, typer.Option(min=1, help="Best treatments that are simulated again.")
    ] = 10,
    replicates: Annotated[int, typer.Option(min=2, help="Simulations of each of them.")] = 32,
    refine: Annotated[
        int, typer.Option(min=0, help="Treatments of a further search by the engine, from there.")
    ] = 0,
    time_steps: TimeStepsOption = None,
    birth_rate: BirthRateOption = None,
    dimension: DimensionOption = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Worker processes.", show_default="all cores")
    ] = len(os.sched_getaffinity(0)),
) -> None:
    """Find TNF treatments that leave few living cells, and prove them by simulation.

    Writes treatments.parquet and .csv: the best treatments, predicted and simulated anew; and
    optimism.parquet and .csv: what the predictions were worth.
    """
    if bool(surrogate) == engine:
        raise UserError("give --surrogate FOLDER to search on, or --engine; one of them")
    check_writable(out / "treatments.parquet")
    if len(set(radius)) < len(radius):
        raise UserError(f"--radius {radius[0]}: give each radius once")

    from theraflow.config.load import load_study
    from theraflow.core.parquet import write_tables
    from theraflow.core.provenance import provenance
    from theraflow.tnf.simulation import check_horizon
    from theraflow.tnf.treatment.optimisation import rank_over_evaluators, verify_and_refine
    from theraflow.tnf.treatment.pose import Simulator, pose_treatment_search
    from theraflow.tnf.treatment.predictor import load_predictor
    from theraflow.tnf.treatment.problem import Region, Target
    from theraflow.tnf.treatment.search import find_candidates
    from theraflow.tnf.treatment.tables import COMPARISON_TABLES
    from theraflow.tnf.treatment.verification import measure_optimism, optimism_in_words

    check_horizon(horizon)
    predictor = load_predictor(surrogate, with_deviation=caution != 0) if surrogate else None
    if predictor and dimension not in {None, predictor.dimension}:
        raise UserError(
            f"--dimension {dimension}: the surrogate knows tumours in {predictor.dimension} "
            "dimensions; ask for these, or give another surrogate"
        )
    evaluator = ("general" if predictor.is_general else "separate") if predictor else "engine"
    tnf = load_study(
        {
            "tnf": {
                "engine": {
                    "dimension": predictor.dimension if predictor else dimension or 2,
                    "time_steps": "fast" if time_steps is None else time_steps.value,
                },
                "treatment": {
                    "budget_evaluations": evaluations or (512 if engine else 3000),
                    "searches": {
                        _NAME: {
                            "method": method or ("sobol" if engine else "cma-es"),
                            "evaluator": evaluator,
                        }
                    },
                    "objective": {"tnf_weight": tnf_weight, "caution": caution},
                    "verification": {
                        "candidates": candidates,
                        "front_candidates": 0,
                        "replicates": replicates,
                    },
                    "refinement": {"budget_evaluations": refine},
                },
            }
        }
    ).tnf
    config = tnf.treatment
    target = Target(tuple(radius), horizon)
    simulator = Simulator(make_simulator(tnf.engine, birth_rate), seed, workers)
    posed = pose_treatment_search(_NAME, seed, target, config, predictor or simulator)
    histories = out / "histories"
    found = find_candidates(
        posed, histories, config.verification, Region.of(config.region, horizon)
    )
    verified = verify_and_refine([found], target, config, simulator, histories)
    optimism = measure_optimism(verified)
    treatments = rank_over_evaluators([verified]).head(candidates)
    content = {
        "treatment": config.model_dump(mode="json"),
        "predictor": posed.evaluator.fidelity,
        "engine": simulator.engine.label,
        "seed": seed,
    }
    frames = {"treatments": treatments, "optimism": optimism}
    write_tables(frames, COMPARISON_TABLES, out, provenance(content, _PACKAGES))
    typer.echo(_short_table(treatments))
    typer.echo(optimism_in_words(optimism))


def _short_table(treatments: "pd.DataFrame") -> str:
    from theraflow.tnf import tables as tnf_tables
    from theraflow.tnf.treatment import tables

    cells = (tables.PREDICTED_LIVING_CELLS, tables.SIMULATED_LIVING_CELLS, tables.STANDARD_ERROR)
    shown = treatments[
        [tables.RANK, *tnf_tables.PARAMETER_COLUMNS, tables.TNF_GIVEN, *cells, tables.REPLICATES]
    ]
    headings = {
        tables.RANK: "rank",
        **dict(
            zip(
                tnf_tables.PARAMETER_COLUMNS,
                ("period (min)", "duration (min)", "TNF (relative)"),
                strict=True,
            )
        ),
        tables.TNF_GIVEN: "TNF given",
        **dict(zip(cells, ("predicted cells", "simulated cells", "standard error"), strict=True)),
        tables.REPLICATES: "replicates",
    }
    rounded = shown.round({**dict.fromkeys(cells, 1), tables.TNF_GIVEN: 5})
    return rounded.rename(columns=headings).to_string(index=False)
