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
                "How fast the tumours grow without therapy: diameter relative to that at t0, "
                "the start of therapy, on a logarithmic axis. Thin lines are patients, by their "
                "numbers; the thick line is their median. A steep line is a fast tumour, and "
                "lines that spread say how different the patients are."
            ),
            tables={"courses": f"{_COMPARISON}/courses.parquet"},
            module=f"{_ROOM}.growth",
        ),
        CatalogueFigure(
            id="quality_and_drugs",
            title="Quality and drug quantity of the therapies found",
            caption=(
                "What the therapies found achieve for each patient. A line leads from the "
                "reference therapy (dashed) to the therapy that an algorithm found, on the left "
                "its inefficacy, on the right its drug quantity; short lines towards the left "
                "are small gains, and diamonds are losses. The black bar is the mean over "
                "patients. Every patient has one place in the rows of all algorithms, and "
                "counts with the mean of all seeds. A block per group of algorithms, at its "
                "largest common budget, the best mean objective J first. Axes need not begin at "
                "0. Look for dots that are far left in both columns: less tumour for less drug."
            ),
            tables={"therapies": f"{_COMPARISON}/compared_therapies.parquet"},
            module=f"{_ROOM}.quality",
        ),
        CatalogueFigure(
            id="responses",
            title="Response classes",
            caption=(
                "How many patients respond under every therapy, by both readings of RECIST, the "
                "rules for judging tumours by their diameter. Look for bars that turn from "
                "orange (the tumour progresses) to dark blue (it all but vanishes) from the top "
                "row, without therapy, downwards. Bars are shorter where an algorithm has "
                "searched fewer patients."
            ),
            tables={"counts": f"{_COMPARISON}/responses.parquet"},
            module=f"{_ROOM}.quality",
        ),
        CatalogueFigure(
            id="treated_growth",
            title="Tumour growth under the therapies",
            caption=(
                "Diameter of the tumours relative to t0, the start of therapy, a panel per "
                "therapy, on a logarithmic axis. Thin lines are patients, by their numbers, the "
                "thick line is their median, and the dashed one the median of the same patients "
                "under the reference therapy. Look for lines that end lower than under the "
                "reference, and for tumours that shrink first and grow again. Where there are "
                "many patients, some of the numbers are left out."
            ),
            tables={"courses": f"{_COMPARISON}/courses.parquet"},
            module=f"{_ROOM}.growth",
        ),
        CatalogueFigure(
            id="therapies_of_one_patient",
            title="Therapies of the patient who benefits most",
            caption=(
                "When the therapies give which drug: weekly doses of the patient who benefits "
                "most, of the reference therapy and of the best ones that were found. The "
                "patient is the one whose response changes from progression under the reference "
                "to a response or, if there is none, whose objective falls furthest. Look for "
                "weeks without a dose, and for a drug that is hardly given."
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
                "How the searches proceed: gap of the best therapy so far, against the "
                "therapies simulated and against time. 1 is the reference, 0 the best therapy "
                "known of the patient; gaps below 0.001 are drawn there. A panel per algorithm, "
                "in blocks of algorithms of one budget: steps are the median over patients and "
                "seeds, the band reaches from the lower to the upper quartile, and the medians "
                "of the others are grey. Look for lines that fall early. A flat line at 1 has "
                "found nothing better than the reference."
            ),
            tables={"curves": f"{_COMPARISON}/best_so_far.parquet"},
            module=f"{_ROOM}.searches",
        ),
        CatalogueFigure(
            id="run_time_distribution",
            title="Run times of the searches",
            caption=(
                "How soon the searches reach their targets: share of all targets that an "
                "algorithm has reached by so many therapies simulated, over patients and seeds. "
                "The targets are 30 gaps from 0.8 to 0.001, where 1 is the reference and 0 the "
                "best therapy known of the patient. A panel per algorithm, in which the others "
                "are grey. Look for lines that rise early and high; a line at 0 has reached no "
                "target."
            ),
            tables={"shares": f"{_COMPARISON}/run_time_distribution.parquet"},
            module=f"{_ROOM}.searches",
        ),
        CatalogueFigure(
            id="fronts",
            title="What drugs buy, patient by patient",
            caption=(
                "What a smaller quantity of drugs costs in efficacy: inefficacy relative to the "
                "reference therapy against drug quantity, for the first nine patients. Lines "
                "are fronts, on which less inefficacy costs more drugs: that of all searches, "
                "and those of searches for fronts alone. The diamond is the therapy of the "
                "lowest objective J. What lies left of and below the star, the reference, is "
                "better in both. Open circles were simulated again by COPASI, and should lie on "
                "the line."
            ),
            tables={"fronts": "results/crc/fronts/fronts.parquet"},
            module=f"{_ROOM}.fronts",
        ),
        CatalogueFigure(
            id="attainment",
            title="What drugs buy, for how many patients",
            caption=(
                "For how many patients there is a therapy as good as this: inefficacy relative to "
                "the reference therapy against drug quantity. Right of and above a line, a "
                "quarter, half, three quarters or all of the patients have a therapy on their "
                "front with no more of either. What lies left of and below the star, the "
                "reference, is better in both. Look for lines that pass far below the star."
            ),
            tables={"attained": "results/crc/fronts/attainment.parquet"},
            module=f"{_ROOM}.attainment",
        ),
        CatalogueFigure(
            id="regimens",
            title="One regimen for many, and personal therapies",
            caption=(
                "What patients lose when all get the same regimen: inefficacy relative to the "
                "reference therapy, and drug quantity, of every patient under the patient's own "
                "best therapy and under the regimens that minimise the mean or the worst "
                "quarter of all inefficacies. Patients are in the order of the inefficacy of "
                "their own therapy. A long grey line is a patient whom a shared regimen serves "
                "badly; left of the dashed line a therapy is better than the reference."
            ),
            tables={"regimens": "results/crc/regimens/regimens.parquet"},
            module=f"{_ROOM}.regimens",
        ),
    ]
)
