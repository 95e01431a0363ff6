"""A folder of results with small tables that make sense, for pages about them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from support import figure_tables
from support.figure_tables import RADII_UM
from support.front_courses import write_fronts
from support.general_surrogate import write_general_surrogate
from theraflow.config.load import load_study
from theraflow.config.study import StudyConfig
from theraflow.core.parquet import write_table
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.columns import RESULT_TABLES

COMMIT: Final = "0123abc"
# As matplotlib draws: with metadata, comments and a millionth of a point.
DRAWING: Final = """\
<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="510.2pt" height="204pt" viewBox="0 0 510.2 204">
 <metadata>made by hand</metadata>
 <!-- a line -->
 <path d="M 10.123456 10
L 400.987654 150.5 " style="stroke: #000000; fill: none"/>
</svg>
"""


def study() -> StudyConfig:
    """The config of the small campaign."""
    searches = {"sobol": {"method": "sobol"}, "front": {"method": "nsga2", "evaluator": "engine"}}
    return load_study(
        {
            "tnf": {
                "tumor_radii_um": list(RADII_UM),
                "designs": [{"kind": "sobol", "points": 64}],
                "treatment": {
                    "radii_um": [100],
                    "worst_case_radii_um": [50, 100],
                    "searches": searches,
                },
            },
            "crc": {
                "patients": {"responders": 3},
                "search": {
                    "algorithms": {"swarm": {"method": "pso"}},
                    "regimen": {"statistics": ["mean"], "algorithms": ["swarm"]},
                },
            },
        }
    )


def write_small_campaign(results: Path) -> None:
    """Write everything that the page reads: two studies, three radii, three patients."""
    for path, frame in _tables().items():
        _write(results, path, frame)
    for radius in RADII_UM:
        card = results / f"tnf/surrogates/radius_{radius}um/card.json"
        card.parent.mkdir(parents=True, exist_ok=True)
        card.write_text("{}", encoding="utf-8")
    write_general_surrogate(results)
    write_fronts(results)
    for name, figures in (("tnf", TNF_FIGURES), ("crc", CRC_FIGURES)):
        folder = results / name / "figures"
        folder.mkdir(parents=True)
        for figure in figures:
            (folder / f"{figure}.svg").write_text(DRAWING, encoding="utf-8")
    benchmark = results / "benchmarks/simulate_batch/radius_50um/0123.tsv"
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text("s\tcpu_time\tthreads\n7200\t3600\t2\n", encoding="utf-8")


def _tables() -> Mapping[str, pd.DataFrame]:
    of_radii = {
        f"tnf/evaluation/radius_{radius}um/{name}.parquet": table[
            table["tumor_radius_um"] == radius
        ]
        for radius in RADII_UM
        for name, table in (
            ("errors", figure_tables.errors()),
            ("predictions", figure_tables.predictions()),
            ("timing", figure_tables.timing()),
        )
    }
    optimism = pd.DataFrame(
        {
            "target": ["radius_100um"],
            "evaluator": "separate",
            "tumor_radius_um": 100,
            "first_predicted_living_cells": 1.0,
            "first_simulated_living_cells": 31.0,
            "verdict": "over-optimistic",
        }
    )
    return {
        **of_radii,
        "tnf/evaluation/noise_floor/errors.parquet": figure_tables.noise(figure_tables.errors()),
        "tnf/evaluation/general/errors.parquet": figure_tables.errors(),
        "tnf/evaluation/general/coverage.parquet": figure_tables.coverage(),
        "tnf/treatment/treatments.parquet": _treatments(),
        "tnf/treatment/optimism.parquet": optimism,
        **_verified(),
        **_of_patients(),
    }


def _treatments() -> pd.DataFrame:
    frame = figure_tables.treatments()
    frame["simulated_objective"] = frame["simulated_living_cells"] / frame["initial_cells"]
    return frame.assign(horizon_min=1440, replicates=32, tnf_concentration=0.1)


def _verified() -> Mapping[str, pd.DataFrame]:
    treatments = _treatments()
    targets = {"radius_100um": "radius_100um", "radii_50_to_275um": "radii_50_to_100um"}
    return {
        f"tnf/treatment/{targets[str(target)]}/{evaluator}.verified.parquet": group
        for (target, evaluator), group in treatments.groupby(["target", "evaluator"])
    }


def _of_patients() -> Mapping[str, pd.DataFrame]:
    """By the searches patient 1's best is of `swarm`, by verification of `nelder_mead`."""
    best = figure_tables.best_therapies().query("seed == 1").copy()
    best["objective"] = 100 * best["relative_objective"]
    best["relative_inefficacy"] = 1.1 * best["relative_objective"]
    best["drug_quantity_percent"] = 30.0
    searches = best[["subject", "algorithm", "seed", "objective"]].copy()
    is_wrong = (searches["subject"] == "patient_1") & (searches["algorithm"] == "swarm")
    searches["verified_objective"] = searches["objective"] + 50.0 * is_wrong
    searches["relative_gap"] = 1e-5 + 0.5 * is_wrong
    outcomes = pd.DataFrame(
        {"class": ["admissible", "responder"], "candidates": [12, 3], "percent": [60.0, 15.0]}
    )
    summary = pd.DataFrame(
        {
            "subject": ["patient_1", "patient_2", "patient_3", "all"],
            "patients": [1, 1, 1, 3],
            "dominates_reference": [1.0, 0.0, 1.0, 2 / 3],
        }
    )
    algorithms = pd.DataFrame({"algorithm": ["swarm"], "group": "all", "axis": "evaluation"})
    return {
        "crc/patients/outcomes.csv": outcomes,
        "crc/patients/selected.parquet": pd.DataFrame({"patient": [1, 2, 3]}),
        "crc/comparison/best_therapies.parquet": best,
        "crc/comparison/searches.parquet": searches,
        "crc/comparison/summary.parquet": algorithms,
        "crc/comparison/patient_responses.parquet": figure_tables.patient_responses(),
        "crc/fronts/front_summary.parquet": summary,
    }


def _write(results: Path, path: str, frame: pd.DataFrame) -> None:
    """Write a table with all columns of its schema."""
    schema = _schema_of(path)
    columns = pa.schema([field for field in schema if "{" not in field.name])
    whole = pd.DataFrame(
        {
            field.name: frame[field.name] if field.name in frame else _any_value(field)
            for field in columns
        },
        index=frame.index,
    )
    file = results / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".csv":
        whole.to_csv(file, index=False)
    else:
        # Counts of the fixtures are fractions.
        table = pa.Table.from_pandas(whole, columns, preserve_index=False, safe=False)
        write_table(table, file, {"git_commit": COMMIT})


def _schema_of(path: str) -> pa.Schema:
    for radius in RADII_UM:
        path = path.replace(f"radius_{radius}um", "radius_{radius}um")
    if path.endswith(".verified.parquet"):
        path = "tnf/treatment/{target}/{evaluator}.verified.parquet"
    return RESULT_TABLES[path]


def _any_value(field: pa.Field) -> Any:
    if pa.types.is_string(field.type) or pa.types.is_dictionary(field.type):
        return "any"
    return pa.types.is_boolean(field.type) or 1
