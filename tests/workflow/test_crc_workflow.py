"""What the tiny study of therapies leaves behind."""

import pandas as pd
import pytest
from support.workflow_runs import Campaign

from theraflow.crc.comparison.report_names import TABLES
from theraflow.report.catalogue.crc import CRC_FIGURES

pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("workflow")]


def test_the_study_runs_to_its_end(finished_campaign: Campaign) -> None:
    results = finished_campaign.directory / "results" / "crc"
    outcomes = pd.read_csv(results / "patients" / "outcomes.csv").set_index("class")["candidates"]
    assert outcomes.drop("responder").sum() == 4
    best = pd.read_csv(results / "comparison" / "best_therapies.csv")
    assert len(best) == 4
    assert set(best["algorithm"]) == {"random_search", "swarm"}
    assert (best["relative_objective"] <= 1).all()
    for table in TABLES:
        assert len(pd.read_parquet(results / "comparison" / f"{table}.parquet"))
    figures = {file.stem for file in (results / "figures").iterdir()}
    assert figures == set(CRC_FIGURES)
