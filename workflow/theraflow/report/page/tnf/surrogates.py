"""What surrogates are worth: their errors against the noise floor, and the time they save."""

from functools import lru_cache
from typing import Final

import pandas as pd
import pyarrow as pa

from theraflow.core.columns import field
from theraflow.report.catalogue.tnf import EVALUATION_FIGURES, GENERAL_FIGURES
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section, Text
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table, records
from theraflow.report.page.tnf.simulations import radii_um, surrogate_folder
from theraflow.report.page.words import interval, number
from theraflow.tnf import tables
from theraflow.tnf.surrogate.evaluation.error_intervals import mean_error_interval
from theraflow.tnf.trajectories.metrics import mean_over_horizon

_RADIUS: Final = tables.TUMOR_RADIUS_UM
_TEST_SIMULATIONS: Final = "test_simulations"
_LOWER: Final = "error_lower_percent"
_UPPER: Final = "error_upper_percent"
_FLOOR: Final = tables.NOISE_FLOOR + tables.RELATIVE_ERROR
_BETWEEN: Final = tables.BETWEEN_REPLICATES + tables.RELATIVE_ERROR
_GENERAL: Final = tables.GENERAL + tables.RELATIVE_ERROR
_ACCURACY_SCHEMA: Final = pa.schema(
    [
        *tables.SUMMARY_SCHEMA,
        field(_TEST_SIMULATIONS, pa.int64(), "", "simulations that no training has seen"),
        field(_LOWER, pa.float64(), "%", "lower end of the error's 95 % interval"),
        field(_UPPER, pa.float64(), "%", "upper end of the error's 95 % interval"),
    ]
)
_COLUMNS: Final = {
    _RADIUS: "radius",
    _TEST_SIMULATIONS: "test simulations",
    tables.RELATIVE_ERROR: "error",
    _LOWER: "from",
    _UPPER: "to",
    _FLOOR: "noise floor",
    _BETWEEN: "between replicates",
    _GENERAL: "error, general surrogate",
    tables.RELATIVE_ERROR_TOTALS: "error, total count",
    tables.SPEEDUP: "speed-up",
    tables.BREAK_EVEN_SIMULATIONS: "break-even",
}


def surrogates(results: Results) -> Section:
    """Tell the errors of the surrogates, radius by radius, and show their figures."""
    blocks: list[Block] = [
        Text(
            "A surrogate is tested on simulations that its training has not seen. The relative "
            "error (eq. 3 of Abrate et al. 2024) adds the errors of the living, apoptotic and "
            "necrotic cells and divides by all cells; it is averaged over the hours. Simulations "
            "are random, so even one who knows the mean of every treatment makes an error: the "
            "noise floor. A surrogate near it leaves little to gain."
        )
    ]
    frame = _accuracy(results)
    if not frame.empty:
        blocks.append(Numbers(tuple(_number(row) for row in records(frame))))
    blocks += _missing_surrogates(results)
    if not frame.empty:
        blocks.append(
            data_table(
                "tnf-accuracy",
                "Accuracy and speed of the surrogates",
                "One row per radius. `tnf/evaluation/summary.csv` holds all columns.",
                frame,
                _ACCURACY_SCHEMA,
                _COLUMNS,
            )
        )
    figures = list(EVALUATION_FIGURES)
    if results.study is None or results.study.tnf.surrogates.general_surrogate:
        figures += GENERAL_FIGURES
    blocks += [picture(results, "tnf", figure) for figure in figures]
    return Section("tnf-surrogates", "Surrogates", tuple(blocks))


def headline(results: Results) -> list[Number]:
    """Tell the errors of the surrogates in brief, from the smallest radius to the largest."""
    frame = _accuracy(results)
    if frame.empty:
        return []
    errors = frame[tables.RELATIVE_ERROR]
    floor = ""
    if _FLOOR in frame:
        floor = f"; the noise floor is {interval(frame[_FLOOR].min(), frame[_FLOOR].max(), '%')}"
    return [
        Number(
            "Error of the surrogates",
            interval(errors.min(), errors.max(), "%"),
            f"mean relative error of the predicted cell counts, over {len(frame)} radii{floor}.",
        )
    ]


@lru_cache(1)
def _accuracy(results: Results) -> pd.DataFrame:
    """Put what is known of each evaluated radius into one row; every part of the page asks."""
    folder = "tnf/evaluation"
    noise = results.table(f"{folder}/noise_floor/errors.parquet")
    general = results.table(f"{folder}/general/errors.parquet")
    rows = []
    for radius in radii_um(results):
        of_radius = f"{folder}/{surrogate_folder(radius)}"
        errors = results.table(f"{of_radius}/errors.parquet")
        if errors is None:
            continue
        row = {_RADIUS: radius, **_means(errors, "")}
        predictions = results.table(f"{of_radius}/predictions.parquet")
        if predictions is not None:
            error = mean_error_interval(predictions)
            row |= {_TEST_SIMULATIONS: error.simulations, _LOWER: error.lower, _UPPER: error.upper}
        if noise is not None:
            for comparison, prefix in (
                (tables.REPLICATE_VS_MEAN, tables.NOISE_FLOOR),
                (tables.REPLICATE_VS_REPLICATE, tables.BETWEEN_REPLICATES),
            ):
                chosen = noise[
                    (noise[tables.COMPARISON] == comparison) & (noise[_RADIUS] == radius)
                ]
                row |= _means(chosen, prefix)
        if general is not None:
            row |= _means(general[general[_RADIUS] == radius], tables.GENERAL)
        timing = results.table(f"{of_radius}/timing.parquet")
        if timing is not None:
            names = (tables.SPEEDUP, tables.BREAK_EVEN_SIMULATIONS)
            row |= {name: timing[name].iloc[0] for name in names}
        rows.append(row)
    return pd.DataFrame(rows)


def _means(errors: pd.DataFrame, prefix: str) -> dict[str, float]:
    if errors.empty:
        return {}
    names = [tables.RELATIVE_ERROR, tables.RELATIVE_ERROR_TOTALS]
    means = mean_over_horizon(errors[[_RADIUS, tables.TIME_MIN, *names]])
    return {f"{prefix}{name}": float(means[name].iloc[0]) for name in names}


def _number(row: dict[str, float]) -> Number:
    meaning = "mean relative error of the surrogate on its test simulations"
    if pd.notna(row.get(_TEST_SIMULATIONS)):
        meaning = f"mean relative error on {int(row[_TEST_SIMULATIONS]):,} test simulations"
    if pd.notna(row.get(_FLOOR)):
        meaning += f"; the noise floor is {number(row[_FLOOR])} %"
    if pd.notna(row.get(_BETWEEN)):
        meaning += f", and two simulations of one treatment differ by {number(row[_BETWEEN])} %"
    known = pd.notna(row.get(_LOWER))
    return Number(
        label=f"Error at radius {int(row[_RADIUS])} µm",
        value=f"{number(row[tables.RELATIVE_ERROR])} %",
        meaning=f"{meaning}.",
        interval=f"95 % interval {interval(row[_LOWER], row[_UPPER], '%')}" if known else "",
    )


def _missing_surrogates(results: Results) -> list[Missing]:
    """Say which surrogates are not trained or not evaluated."""
    missing = []
    wanted = {
        surrogate_folder(radius): f"the surrogate of radius {radius} µm"
        for radius in radii_um(results)
    }
    if results.study is None or results.study.tnf.surrogates.general_surrogate:
        wanted["general"] = "the surrogate of every radius"
    for folder, name in wanted.items():
        if not results.has(f"tnf/surrogates/{folder}/card.json"):
            missing.append(Missing(f"Not computed: {name} has not been trained."))
        elif not results.has(f"tnf/evaluation/{folder}/errors.parquet"):
            missing.append(Missing(f"Not computed: {name} has not been evaluated."))
    if not results.has("tnf/evaluation/noise_floor/errors.parquet"):
        missing.append(Missing("Not computed: the noise floor has not been measured."))
    return missing
