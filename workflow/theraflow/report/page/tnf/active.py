"""What active learning added: where the networks of an ensemble disagreed, round by round."""

from collections.abc import Collection
from typing import Final

import pandas as pd
import pyarrow as pa

from theraflow.config.tnf.study import TnfConfig
from theraflow.core.columns import field
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section, Text
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table
from theraflow.report.page.tnf.simulations import tumours_words
from theraflow.report.page.words import count, number
from theraflow.tnf import tables
from theraflow.tnf.active.plan import planned_rounds, round_batch_id
from theraflow.tnf.active.tables import DISAGREEMENT, ROUND_SCHEMA
from theraflow.tnf.campaign.batches import tumours_of

_FOLDER: Final = "tnf/active"
_ROUND: Final = "round"
_POINTS_SCHEMA: Final = ROUND_SCHEMA.append(
    field(_ROUND, pa.int64(), "", "round that added the point, counted from 1")
)
_COLUMNS: Final = {
    _ROUND: "round",
    tables.TUMOR_RADIUS_UM: "radius",
    tables.PULSE_PERIOD_MIN: "period",
    tables.PULSE_DURATION_MIN: "duration",
    tables.TNF_CONCENTRATION: "concentration",
    DISAGREEMENT: "disagreement",
}


def active_learning(results: Results) -> Section | None:
    """Tell what every round added; None where there are no rounds."""
    chosen = _chosen_points(results)
    tnf = None if results.study is None else results.study.tnf
    if not chosen and (tnf is None or not tnf.active_learning.rounds):
        return None
    blocks: list[Block] = [
        Text(
            "Rounds add simulations where surrogates are unsure. Before each, the networks of an "
            "ensemble learn from all that was simulated until then. Chosen are points where their "
            "predictions disagree and nothing near was simulated. What is simulated there trains "
            "surrogates and never tests them. Where the disagreement no longer falls from round "
            "to round, more rounds add little."
        )
    ]
    if chosen:
        blocks.append(Numbers(tuple(_number(*each) for each in chosen.items())))
    if tnf is not None:
        blocks += _missing(results, tnf, chosen)
    if chosen:
        frames = [points.assign(**{_ROUND: each}) for each, points in chosen.items()]
        blocks.append(
            data_table(
                "tnf-active-points",
                "Points added",
                f"Of every round, the first chosen first. All: `{_points_file('*')}`.",
                pd.concat(frames, ignore_index=True),
                _POINTS_SCHEMA,
                _COLUMNS,
            )
        )
    return Section("tnf-active", "Simulations added where surrogates are unsure", tuple(blocks))


def _chosen_points(results: Results) -> dict[int, pd.DataFrame]:
    """Read the points of the rounds that have chosen some, by the number of the round."""
    files = results.files(_points_file("*"))
    rounds = sorted(int(path.parent.name.removeprefix("round_")) for path in files)
    read = {each: results.table(_points_file(each)) for each in rounds}
    return {each: points for each, points in read.items() if points is not None}


def _points_file(number_of_round: int | str) -> str:
    return f"{_FOLDER}/round_{number_of_round}/points.parquet"


def _number(number_of_round: int, points: pd.DataFrame) -> Number:
    disagreement = points[DISAGREEMENT]
    return Number(
        label=f"Disagreement before round {number_of_round}",
        value=f"{number(disagreement.mean())} %",
        interval=f"at most {number(disagreement.max())} %",
        meaning=(
            "of all cells: standard deviation between the networks, mean over the hours and over "
            f"the {count(len(points), 'point')} that the round added."
        ),
    )


def _missing(results: Results, tnf: TnfConfig, chosen: Collection[int]) -> list[Missing]:
    return [
        Missing(
            f"Not simulated yet: round {each} of {tumours_words(tumours_of(radius))}."
            if each in chosen
            else f"Not computed: the points of round {each}, {tumours_words(tumours_of(radius))}."
        )
        for each, radius in planned_rounds(tnf)
        if not results.has(f"{_FOLDER}/batches/{round_batch_id(each, radius)}.parquet")
    ]
