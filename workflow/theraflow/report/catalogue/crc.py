"""The figures of the CRC study, after Figs 1-5 of Esposito and Picchiami (2021)."""

from typing import Final

from theraflow.report.catalogue.figure import CatalogueFigure, by_id

_ROOM: Final = "theraflow.report.figures.crc"
_COMPARISON: Final = "results/crc/comparison"

CRC_FIGURES: Final = by_id(
    [
        CatalogueFigure(
            id="untreated_growth",
            title="Tumour growth without therapy",
            caption=(
                "Diameter of every patient's tumour without therapy, relative to the start of "
                "therapy. The thick line is the median."
            ),
            tables={"courses": f"{_COMPARISON}/courses.parquet"},
            module=f"{_ROOM}.growth",
        ),
        CatalogueFigure(
            id="quality_and_drugs",
            title="Quality and drug quantity of the therapies found",
            caption=(
                "Inefficacy relative to the reference therapy and drug quantity in percent of the "
                "safe maximum, per search algorithm: mean and standard deviation over patients. "
                "Bars left of the dashed line do better than the reference."
            ),
            tables={"summary": f"{_COMPARISON}/summary.parquet"},
            module=f"{_ROOM}.quality",
        ),
        CatalogueFigure(
            id="responses",
            title="Response classes",
            caption=(
                "Share of the patients in every response class under every therapy; the numbers "
                "count them. CR: complete response, PR: partial response, SD: stable disease, PD: "
                "progressive disease."
            ),
            tables={"counts": f"{_COMPARISON}/responses.parquet"},
            module=f"{_ROOM}.quality",
        ),
        CatalogueFigure(
            id="treated_growth",
            title="Tumour growth under the therapies",
            caption=(
                "Diameter relative to the start of therapy, a panel per therapy. Thin lines are "
                "patients, the thick line is their median, the dashed one the median under the "
                "reference therapy."
            ),
            tables={"courses": f"{_COMPARISON}/courses.parquet"},
            module=f"{_ROOM}.growth",
        ),
        CatalogueFigure(
            id="therapies_of_one_patient",
            title="Therapies of the first patient",
            caption=(
                "Weekly doses of both drugs for patient 1: the reference therapy, and the best one "
                "that each algorithm found with its first seed."
            ),
            tables={"weekly_doses": f"{_COMPARISON}/weekly_doses.parquet"},
            module=f"{_ROOM}.therapies",
        ),
        CatalogueFigure(
            id="best_so_far",
            title="Progress of the searches",
            caption=(
                "Objective of the best therapy so far, relative to the reference, against the "
                "therapies simulated and against wall time. Lines are means over patients, bands "
                "reach from the lower to the upper quartile. Lower is better."
            ),
            tables={
                "by_evaluation": f"{_COMPARISON}/best_so_far_by_evaluation.parquet",
                "by_seconds": f"{_COMPARISON}/best_so_far_by_seconds.parquet",
            },
            module=f"{_ROOM}.searches",
        ),
    ]
)
