"""Where the virtual patients come from."""

from theraflow.crc import tables
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.page.blocks import Block, Missing, Number, Numbers, Section
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table, records
from theraflow.report.page.words import number

_FOLDER = "crc/patients"
_LABELS = {
    "responder": ("Responders", "respond to the reference therapy"),
    "admissible": ("Admissible", "grow a plausible tumour of the initial diameter"),
    "never_reaches_diameter": ("Never reach the diameter", "grow no tumour of that size in time"),
    "rejected": ("Rejected", "respond, but COPASI's growth does not confirm it"),
}


def patients(results: Results) -> Section:
    """Tell what became of the candidates, and who was selected."""
    blocks: list[Block] = []
    outcomes = results.table(f"{_FOLDER}/outcomes.csv")
    numbers = []
    if outcomes is not None:
        known = {row[tables.CLASS]: row for row in records(outcomes)}
        for name, (label, meaning) in _LABELS.items():
            if row := known.get(name):
                numbers.append(
                    Number(
                        label=label,
                        value=f"{int(row[tables.CANDIDATES]):,}",
                        meaning=f"candidates {meaning}: {number(row[tables.PERCENT])} % of all",
                    )
                )
    selected = results.table(f"{_FOLDER}/selected.parquet")
    if selected is not None:
        numbers.insert(
            0,
            Number("Patients", f"{len(selected):,}", "selected, for whom therapies are searched"),
        )
    if numbers:
        blocks.append(Numbers(tuple(numbers)))
    if selected is None:
        blocks.append(Missing("Not computed: the patients have not been selected."))
    classes = results.table(f"{_FOLDER}/responder_classes.csv")
    if classes is not None:
        blocks.append(
            data_table(
                "crc-responder-classes",
                "Responders by definition",
                "How many admissible candidates each definition of a responder keeps. All "
                f"columns: `{_FOLDER}/responder_classes.csv`.",
                classes,
                tables.RESPONDER_CLASSES_SCHEMA,
                {
                    tables.DEFINITION: "definition",
                    tables.REDUCTION_PERCENT: "reduction",
                    tables.PATIENTS: "candidates",
                    tables.PERCENT: "share",
                    "CR": "CR",
                    "PR": "PR",
                    "SD": "SD",
                    "PD": "PD",
                },
            )
        )
    blocks.append(picture(results, "crc", CRC_FIGURES["untreated_growth"]))
    return Section("crc-patients", "Virtual patients", tuple(blocks))
