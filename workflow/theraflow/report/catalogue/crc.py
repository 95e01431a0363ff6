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
                "Inefficacy and drug quantity in percent of the reference therapy's, per search "
                "algorithm: mean and standard deviation over patients and seeds. A panel per group "
                "of algorithms, at its largest common budget. Bars left of the dashed line do "
                "better than the reference."
            ),
            tables={"summary": f"{_COMPARISON}/summary.parquet"},
            module=f"{_ROOM}.quality",
        ),
        CatalogueFigure(
            id="responses",
            title="Response classes",
            caption=(
                "Share of the patients in every response class under every therapy, by both "
                "readings of RECIST; the numbers count them, those in brackets all patients of a "
                "therapy. CR: complete response, PR: partial response, SD: stable disease, PD: "
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
            title="Therapies of the patient who benefits most",
            caption=(
                "Weekly doses of both drugs: the reference therapy, and the best ones that were "
                "found. The patient is the one whose response changes from progression under the "
                "reference to a response or, if there is none, whose objective falls furthest."
            ),
            tables={
                "weekly_doses": f"{_COMPARISON}/weekly_doses.parquet",
                "best": f"{_COMPARISON}/best_therapies.parquet",
                "responses": f"{_COMPARISON}/patient_responses.parquet",
            },
            module=f"{_ROOM}.therapies",
        ),
        CatalogueFigure(
            id="best_so_far",
            title="Progress of the searches",
            caption=(
                "Gap of the best therapy so far, against the therapies simulated and against "
                "time: 1 is the reference, 0 the best therapy known of the patient. Lines are "
                "medians over patients and seeds; bands, where there are few algorithms, reach "
                "from the lower to the upper quartile. Lower is better. A row per group of "
                "algorithms."
            ),
            tables={"curves": f"{_COMPARISON}/best_so_far.parquet"},
            module=f"{_ROOM}.searches",
        ),
        CatalogueFigure(
            id="run_time_distribution",
            title="Run times of the searches",
            caption=(
                "Share of all targets that an algorithm has reached by so many therapies "
                "simulated, over patients and seeds. The targets are 30 gaps from 0.8 to 0.001: 1 "
                "is the reference, 0 the best therapy known of the patient. Higher is better. A "
                "panel per group of algorithms."
            ),
            tables={"shares": f"{_COMPARISON}/run_time_distribution.parquet"},
            module=f"{_ROOM}.searches",
        ),
        CatalogueFigure(
            id="fronts",
            title="What drugs buy, patient by patient",
            caption=(
                "Inefficacy relative to the reference therapy against drug quantity, for the first "
                "nine patients: the front of all searches, that of searches for fronts alone, and "
                "the therapy of the lowest objective J. What lies left of and below the reference "
                "is better in both. Open circles were simulated again by COPASI."
            ),
            tables={"fronts": "results/crc/fronts/fronts.parquet"},
            module=f"{_ROOM}.fronts",
        ),
        CatalogueFigure(
            id="regimens",
            title="One regimen for many, and personal therapies",
            caption=(
                "Inefficacy relative to the reference therapy, and drug quantity, of every patient "
                "under the patient's own best therapy and under the regimens that minimise the "
                "mean or the worst quarter of all inefficacies. Patients are in the order of the "
                "inefficacy of their own therapy."
            ),
            tables={"regimens": "results/crc/regimens/regimens.parquet"},
            module=f"{_ROOM}.regimens",
        ),
    ]
)
