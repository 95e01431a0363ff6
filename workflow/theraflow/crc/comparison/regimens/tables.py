"""Columns and schemas of regimens for many patients."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from theraflow.core.columns import field
from theraflow.crc import tables
from theraflow.crc.comparison.fronts.tables import (
    DRUG_FIELDS,
    FINDER_FIELDS,
    RELATIVE_INEFFICACY_PERCENT,
)
from theraflow.crc.comparison.tables import DRUG_DOSE_MG, WEEK
from theraflow.crc.therapy.recist import Reading, Response

STATISTIC: Final = "statistic"
THERAPY: Final = "therapy"
REGIMEN: Final = "regimen"
PERSONAL: Final = "personal"
_STATISTIC_FIELD: Final = field(
    STATISTIC, pa.string(), "", "what of the patients' inefficacies the regimen minimises"
)
_THERAPY_FIELD: Final = field(
    THERAPY,
    pa.string(),
    "",
    "regimen: the same for all patients; personal: the patient's own therapy of the lowest J; "
    "reference",
)


def response_by(reading: Reading) -> str:
    """Name the column of the response class by a reading of RECIST."""
    return f"response_{reading}"


REGIMENS_SCHEMA: Final = pa.schema(
    [
        _STATISTIC_FIELD,
        field(tables.SUBJECT, pa.string(), "", "who is treated, as patient_1"),
        _THERAPY_FIELD,
        *FINDER_FIELDS,
        field(
            RELATIVE_INEFFICACY_PERCENT,
            pa.float64(),
            "%",
            "size(H)^2 in percent of that under the reference therapy, by COPASI at the tolerances "
            "of verification_solver",
        ),
        *DRUG_FIELDS,
        field(tables.DIAMETER_MM, pa.float64(), "mm", "diameter at the end, likewise"),
        *(
            field(response_by(reading), pa.string(), "", f"response class by {reading}")
            for reading in Reading
        ),
    ]
)

MEAN_PERCENT: Final = "mean_relative_inefficacy_percent"
WORST_QUARTER_PERCENT: Final = "worst_quarter_relative_inefficacy_percent"
PATIENTS: Final = "patients"
PATIENTS_BETTER: Final = "patients_better_than_reference"
REGIMEN_SUMMARY_SCHEMA: Final = pa.schema(
    [
        _STATISTIC_FIELD,
        _THERAPY_FIELD,
        field(PATIENTS, pa.int64(), "", "patients in the row"),
        field(MEAN_PERCENT, pa.float64(), "%", "mean of their inefficacies, of the reference's"),
        field(WORST_QUARTER_PERCENT, pa.float64(), "%", "mean of the worst quarter of them"),
        field(
            PATIENTS_BETTER,
            pa.int64(),
            "",
            "patients with 0.1 % less inefficacy than under the reference at least",
        ),
        *DRUG_FIELDS,
        *(
            field(response, pa.int64(), "", f"patients with {response} by crc.comparison's reading")
            for response in Response
        ),
    ]
)

REGIMEN_DOSES_SCHEMA: Final = pa.schema(
    [
        _STATISTIC_FIELD,
        field(WEEK, pa.int32(), "weeks", "week of the regimen, from 1"),
        *(
            field(name, pa.float64(), "mg", f"dose of {name.removesuffix('_mg')}")
            for name in DRUG_DOSE_MG
        ),
    ]
)

REGIMEN_TABLES: Final[Mapping[str, pa.Schema]] = {
    "regimens": REGIMENS_SCHEMA,
    "regimen_summary": REGIMEN_SUMMARY_SCHEMA,
    "regimen_doses": REGIMEN_DOSES_SCHEMA,
}
"""Tables of regimens by their names; each is written as Parquet and as CSV."""

RESULT_TABLES: Final[Mapping[str, pa.Schema]] = {
    f"crc/regimens/{name}.parquet": schema for name, schema in REGIMEN_TABLES.items()
}
"""Every table of regimens, by its path below ``results``."""
