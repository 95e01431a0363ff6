"""What the tiny study of therapies leaves behind."""

import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from support.workflow_runs import Campaign

from theraflow.core.columns import expanded
from theraflow.crc.comparison.tables import COMPARISON_TABLES
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.columns import RESULT_TABLES

pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("workflow")]


def test_the_study_runs_to_its_end(finished_campaign: Campaign) -> None:
    results = finished_campaign.directory / "results" / "crc"
    outcomes = pd.read_csv(results / "patients" / "outcomes.csv").set_index("class")["candidates"]
    assert outcomes.drop("responder").sum() == 4
    best = pd.read_csv(results / "comparison" / "best_therapies.csv")
    assert len(best) == 4
    assert set(best["algorithm"]) == {"random_search", "swarm"}
    starts = [
        pd.read_parquet(results / "searches" / row.subject / f"{row.algorithm}-{row.seed}.parquet")
        .set_index("evaluation")
        .loc[1, "objective"]
        for row in best.itertuples()
    ]
    np.testing.assert_allclose(starts, 100, rtol=1e-3)
    np.testing.assert_allclose(best["relative_objective"], best["objective"] / starts, rtol=1e-4)
    searches = pd.read_csv(results / "comparison" / "searches.csv")
    assert set(searches["subject"]) == {"patient_1", "patient_2", "population_mean"}
    assert searches.loc[searches["algorithm"] == "front", "objective"].isna().all()
    responses = pd.read_csv(results / "comparison" / "responses.csv")
    assert (responses["patients"] == 2).all()
    assert (responses[["CR", "PR", "SD", "PD"]].sum(axis=1) == 2).all()
    for table, schema in COMPARISON_TABLES.items():
        written = pq.read_table(results / "comparison" / f"{table}.parquet")
        assert written.num_rows
        assert written.schema.names == expanded(schema, written.schema.names).names


def test_every_table_that_a_campaign_leaves_says_what_it_holds(finished_campaign: Campaign) -> None:
    results = finished_campaign.directory / "results"
    patterns = [
        re.compile(re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(path))) for path in RESULT_TABLES
    ]
    for file in (results / "crc").rglob("*.parquet"):
        path = str(file.relative_to(results))
        assert any(pattern.fullmatch(path) for pattern in patterns), path
        for column in pq.read_schema(file):
            assert column.metadata[b"meaning"], (path, column.name)
    for file in (results / "crc").rglob("*.csv"):
        path = str(file.relative_to(results))
        of_same_rows = file.with_suffix(".parquet").exists()
        is_of_iohprofiler = file.name == "iohprofiler.csv"
        known = any(pattern.fullmatch(path) for pattern in patterns)
        assert known or of_same_rows or is_of_iohprofiler, path


def test_every_figure_of_the_catalogue_is_drawn(finished_campaign: Campaign) -> None:
    results = finished_campaign.directory / "results" / "crc"
    figures = {file.stem for file in (results / "figures").iterdir()}
    assert figures == set(CRC_FIGURES)
