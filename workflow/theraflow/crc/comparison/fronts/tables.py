"""Columns and schemas of the fronts of inefficacy against drug quantity."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.crc import tables
from theraflow.crc.comparison.tables import (
    COURSES_SCHEMA,
    DRUG_DOSE_MG,
    RELATIVE_DIAMETER,
    TIME_DAYS,
    WEEK,
    WEEKLY_DOSES_SCHEMA,
)

FRONT: Final = "front"
MERGED: Final = "merged"
FRONT_ROW: Final = "front_row"
RELATIVE_INEFFICACY_PERCENT: Final = "relative_inefficacy_percent"
VERIFIED_INEFFICACY_PERCENT: Final = "verified_relative_inefficacy_percent"
VERIFIED_DIAMETER_MM: Final = "verified_diameter_mm"
_OF_REFERENCE: Final = "size(H)^2 in percent of that under the reference therapy"
DRUG_FIELDS: Final = (
    field(
        tables.DRUG_QUANTITY_PERCENT,
        pa.float64(),
        "%",
        "mean of both drugs' shares of the safe maximum",
    ),
    *(
        field(name, pa.float64(), "%", f"total dose of {drug}, of its safe maximum")
        for name, drug in zip(tables.DRUG_PERCENT, ("atezolizumab", "cibisatamab"), strict=True)
    ),
)
FINDER_FIELDS: Final = (
    field(
        tables.ALGORITHM,
        pa.string(),
        "",
        "algorithm that found the therapy; empty for a given one",
        nullable=True,
    ),
    field(tables.SEED, pa.int64(), "", "seed of that search", nullable=True),
)
FRONTS_SCHEMA: Final = pa.schema(
    [
        field(tables.SUBJECT, pa.string(), "", "who is treated, as patient_1"),
        field(
            FRONT,
            pa.string(),
            "",
            "merged: of all searches; an algorithm: of its searches for fronts alone; reference "
            "and untreated: that therapy, simulated by COPASI",
        ),
        *FINDER_FIELDS,
        field(
            tables.EVALUATION, pa.int64(), "", "evaluation of that search that it is", nullable=True
        ),
        field(RELATIVE_INEFFICACY_PERCENT, pa.float64(), "%", _OF_REFERENCE),
        field(tables.INEFFICACY, pa.float64(), "by crc.therapy.size", "inefficacy in J"),
        *DRUG_FIELDS,
        field(tables.OBJECTIVE, pa.float64(), "", "J, the weighted sum of inefficacy and drugs"),
        field(tables.DIAMETER_MM, pa.float64(), "mm", "diameter at the end"),
        field(
            VERIFIED_INEFFICACY_PERCENT,
            pa.float64(),
            "%",
            f"{_OF_REFERENCE}, by COPASI at the tolerances of verification_solver; empty where it "
            "was not verified",
            nullable=True,
        ),
        field(
            VERIFIED_DIAMETER_MM, pa.float64(), "mm", "diameter at the end, likewise", nullable=True
        ),
        field(
            tables.RELATIVE_GAP,
            pa.float64(),
            "",
            "verified inefficacy over that of the search, less 1",
            nullable=True,
        ),
        field(
            tables.PARAMETER_PREFIX + "{parameter}",
            pa.float64(),
            "mg, weeks or level",
            "number of the therapy, as crc.therapy.template names it",
        ),
    ]
)

_FRONT_ROW_FIELDS: Final = (
    tables.SUBJECT_FIELD,
    field(
        FRONT_ROW,
        pa.int32(),
        "",
        "the therapy: its row in crc/fronts/patient_{patient}.parquet, from 0",
    ),
)
FRONT_COURSES_SCHEMA: Final = pa.schema(
    [
        *_FRONT_ROW_FIELDS,
        *(COURSES_SCHEMA.field(n) for n in (TIME_DAYS, tables.DIAMETER_MM, RELATIVE_DIAMETER)),
    ]
)
FRONT_DOSES_SCHEMA: Final = pa.schema(
    [*_FRONT_ROW_FIELDS, *(WEEKLY_DOSES_SCHEMA.field(name) for name in (WEEK, *DRUG_DOSE_MG))]
)

ALL: Final = "all"
PATIENTS: Final = "patients"
DOMINATES_REFERENCE: Final = "dominates_reference"
LEAST_DRUGS_PERCENT: Final = "least_drugs_at_no_loss_percent"
LEAST_INEFFICACY_PERCENT: Final = "least_inefficacy_at_no_more_drugs_percent"
HYPERVOLUME_MERGED: Final = "hypervolume_merged"
HYPERVOLUME_OWN: Final = "hypervolume_front_searches"
LARGEST_GAP: Final = "largest_gap"
# Inefficacy and drug quantity that a therapy may have at most, both in percent of the reference's.
GOALS: Final = ((100, 50), (100, 25), (100, 10), (75, 50), (50, 50))


def attains(inefficacy_percent: float, drug_percent: float) -> str:
    """Name the column about a goal."""
    return f"attains_{inefficacy_percent}_{drug_percent}"


FRONT_SUMMARY_SCHEMA: Final = pa.schema(
    [
        field(tables.SUBJECT, pa.string(), "", "a patient; all: the mean over them"),
        field(PATIENTS, pa.int64(), "", "patients in the row"),
        field(
            DOMINATES_REFERENCE,
            pa.float64(),
            "",
            "share of patients with a verified therapy no worse than the reference in inefficacy "
            "(by 0.1 %, which no solver tells) and drugs, and better in one by 0.1 % at least",
        ),
        field(
            LEAST_DRUGS_PERCENT,
            pa.float64(),
            "%",
            "least drugs of a verified therapy with at most 0.1 % more inefficacy than the "
            "reference",
        ),
        field(
            LEAST_INEFFICACY_PERCENT,
            pa.float64(),
            "%",
            "least inefficacy of a verified therapy with no more drugs than the reference, which "
            "has 100 %",
        ),
        field(
            HYPERVOLUME_MERGED,
            pa.float64(),
            "",
            "share of the square from no inefficacy and drugs to the reference (100 %, 100 %) that "
            "the front of all searches dominates",
        ),
        field(
            HYPERVOLUME_OWN,
            pa.float64(),
            "",
            "the same of searches for fronts alone; empty without any",
            nullable=True,
        ),
        *(
            field(
                attains(*goal),
                pa.float64(),
                "",
                f"share of patients with a therapy of at most {goal[0]} % (0.1 more is no "
                f"difference) of the reference's inefficacy and {goal[1]} % of the drugs",
            )
            for goal in GOALS
        ),
        field(
            LARGEST_GAP, pa.float64(), "", "largest relative gap between search and verification"
        ),
    ]
)

SHARE_OF_PATIENTS: Final = "share_of_patients"
ATTAINMENT_SCHEMA: Final = pa.schema(
    [
        field(
            SHARE_OF_PATIENTS,
            pa.float64(),
            "",
            "share of the patients who have, each on the merged front, a therapy with no more "
            "drugs and no more inefficacy than this",
        ),
        FRONTS_SCHEMA.field(tables.DRUG_QUANTITY_PERCENT),
        FRONTS_SCHEMA.field(RELATIVE_INEFFICACY_PERCENT),
    ]
)

FRONT_TABLES: Final[Mapping[str, pa.Schema]] = {
    "fronts": FRONTS_SCHEMA,
    "front_summary": FRONT_SUMMARY_SCHEMA,
    "attainment": ATTAINMENT_SCHEMA,
}
"""Tables over all patients; each is written as Parquet and as CSV."""

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    "crc/fronts/patient_{patient}.parquet": FRONTS_SCHEMA,
    "crc/fronts/courses/patient_{patient}.parquet": FRONT_COURSES_SCHEMA,
    "crc/fronts/doses/patient_{patient}.parquet": FRONT_DOSES_SCHEMA,
    **{f"crc/fronts/{name}.parquet": schema for name, schema in FRONT_TABLES.items()},
}
"""Every table of fronts, by its path below ``results``."""
