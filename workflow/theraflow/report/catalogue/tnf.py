"""The figures of the TNF study, after Figs 2-6 of doi 10.1109/BIBM62325.2024.10822769."""

from typing import Final

from theraflow.report.catalogue.figure import LOOKS, CatalogueFigure, by_id

_ROOM: Final = "theraflow.report.figures.tnf"
_EVALUATION: Final = "results/tnf/evaluation/radius_{radius}um"
_GENERAL_EVALUATION: Final = "results/tnf/evaluation/general"
_NOISE_FLOOR: Final = "results/tnf/evaluation/noise_floor"
_TREATMENTS: Final = "results/tnf/treatment/treatments.parquet"
_VALIDATION: Final = "results/tnf/validation"

EVALUATION_FIGURES: Final = (
    CatalogueFigure(
        id="example_trajectories",
        title="Simulated and predicted cell counts",
        caption=(
            "Whether predictions follow the simulations: cells over time under a few treatments "
            "that were simulated several times. Dots are the mean of the simulations, bands "
            "reach from the lowest to the highest of them, and lines are predicted. Columns are "
            "tumour radii. Rows go from the weakest to the strongest treatment, by the living "
            "cells that are predicted at the end. Above each panel: length and period of the "
            "pulses, and their concentration C, relative to the strongest pulse of the paper. "
            "No surrogate was trained on these simulations, nor on these treatments unless the "
            "config draws them from the design. Look for lines that leave their band."
        ),
        tables={"predictions": f"{_EVALUATION}/replicate_predictions.parquet"},
        module=f"{_ROOM}.trajectories",
        settings=LOOKS | {"example_trajectories"},
    ),
    CatalogueFigure(
        id="training_histories",
        title="Loss during training",
        caption=(
            "How the trainings went: training and validation loss over the epochs, a panel per "
            "tumour radius. The loss is the mean over hours of the relative error per cell type "
            "(eq. 3, as a share of all cells) plus half of that of the total count; for the "
            "paper's architecture it is the squared error of scaled counts (eq. 2). The ring "
            "marks the smallest validation loss, whose weights are kept; the paper's "
            "architecture keeps the last ones. A validation loss that rises while the training "
            "loss falls is overfitting."
        ),
        tables={"histories": "results/tnf/surrogates/radius_{radius}um/history.parquet"},
        module=f"{_ROOM}.training",
    ),
    CatalogueFigure(
        id="relative_error_over_time",
        title="Relative error of the surrogates",
        caption=(
            "How far predictions are off, in percent of all cells, over time: above summed over "
            "cell types (eq. 3), below of the total count. Columns are tumour radii. The noise "
            "floor (dashed) is the error to expect of one who knows the mean of each treatment: "
            "no predictor can do much better, as simulations are random. Both are measured at "
            "the same points, which were simulated several times: points that no surrogate was "
            "trained on, unless the config draws them from the design. Bands are 95 % intervals "
            "over draws of points; with fewer than ten points they are too narrow. The dotted "
            "line is the error on all test simulations, one of each point. Look for a solid "
            "line that keeps close to the dashed one."
        ),
        tables={
            "errors": f"{_EVALUATION}/errors.parquet",
            "replicate_errors": f"{_EVALUATION}/replicate_errors.parquet",
            "noise_errors": f"{_NOISE_FLOOR}/errors.parquet",
        },
        module=f"{_ROOM}.errors",
    ),
    CatalogueFigure(
        id="cell_errors_over_time",
        title="Error of each cell type",
        caption=(
            "How many cells predictions are off, over time: mean absolute error, a row per cell "
            "type and a column per tumour radius, beside the noise floor (dashed), the error to "
            "expect of one who knows the mean of each treatment. Both are measured at the same "
            "points, which were simulated several times: points that no surrogate was trained "
            "on, unless the config draws them from the design. Bands are 95 % intervals over "
            "draws of points; with fewer than ten points they are too narrow. The dotted line "
            "is the error on all test simulations. Look for hours at which the solid line "
            "leaves the dashed one: there the surrogate has more to learn."
        ),
        tables={
            "cell_errors": f"{_EVALUATION}/cell_errors.parquet",
            "replicate_cell_errors": f"{_EVALUATION}/replicate_cell_errors.parquet",
            "noise_cell_errors": f"{_NOISE_FLOOR}/cell_errors.parquet",
        },
        module=f"{_ROOM}.errors",
    ),
    CatalogueFigure(
        id="break_even_curves",
        title="CPU time of simulating and of predicting",
        caption=(
            "From how many results on a surrogate pays: CPU time of N results when each is "
            "simulated, and when each is predicted. The second curve starts at the CPU time "
            "that the surrogate's data and training took, so that it is flat at first. Beyond "
            "the dotted line, where the curves cross, the surrogate has paid for itself. After "
            "a training on a GPU there is no such line. Bands are 95 % intervals over draws of "
            "the simulations and inferences that were timed, the training counting as it was."
        ),
        tables={"timing": f"{_EVALUATION}/timing.parquet"},
        module=f"{_ROOM}.break_even",
    ),
)
GENERAL_FIGURES: Final = (
    CatalogueFigure(
        id="general_training_history",
        title="Loss during training of the general surrogate",
        caption=(
            "How the training of the surrogate for every radius went: training and validation "
            "loss over the epochs. The loss is the mean over hours of the relative error per "
            "cell type (eq. 3, as a share of all cells) plus half of that of the total count; "
            "simulations count by the square root of their cells at the start, so that all "
            "radii count alike. The ring marks the smallest validation loss, whose weights are "
            "kept. A validation loss that rises while the training loss falls is overfitting."
        ),
        tables={"history": "results/tnf/surrogates/general/history.parquet"},
        module=f"{_ROOM}.training",
    ),
    CatalogueFigure(
        id="general_surrogate_errors",
        title="One surrogate for every radius",
        caption=(
            "What one surrogate for every radius costs in accuracy: relative error (eq. 3) over "
            "time of the surrogates that know one radius each, and of the one that knows every "
            "radius, beside the noise floor, the error to expect of one who knows the mean of "
            "each treatment. All are measured at the same points, which were simulated several "
            "times: points that no surrogate was trained on, unless the config draws them from "
            "the design. Bands are 95 % intervals over draws of points; with fewer than ten "
            "points they are too narrow. Look at whether the red line lies above the blue one."
        ),
        tables={
            "replicate_errors": f"{_EVALUATION}/replicate_errors.parquet",
            "general_replicate_errors": f"{_GENERAL_EVALUATION}/replicate_errors.parquet",
            "noise_errors": f"{_NOISE_FLOOR}/errors.parquet",
        },
        module=f"{_ROOM}.errors",
    ),
)
UNCERTAINTY_FIGURES: Final = (
    CatalogueFigure(
        id="coverage_over_time",
        title="Coverage of the intervals",
        caption=(
            "Whether intervals hold what they promise: share of the test simulations that lie "
            "within the intervals of the general surrogate, over time, per cell type and for "
            "all three (black). Dotted lines show the share that was asked for. A black line "
            "above the dotted one belongs to intervals that are wider than needed, one below it "
            "to intervals that are too narrow. Above each panel: how many simulations of the "
            "radius the intervals were calibrated on, and how many test them. With n test "
            "simulations, a share of 90 % is known to within 60 / √n points: 6 for 100."
        ),
        tables={"coverage": f"{_GENERAL_EVALUATION}/coverage.parquet"},
        module=f"{_ROOM}.coverage",
    ),
)
VALIDATION_FIGURES: Final = (
    CatalogueFigure(
        id="engine_comparison",
        title="Two simulators compared",
        caption=(
            "Whether two simulators agree: how their mean counts differ over time, with 90 % "
            "confidence intervals, a colour per parameter point, a column per tumour radius and "
            "a row per cell type. The last row compares the relative error between the two with "
            "that within each. Look for bands that leave zero, and for a black line above the "
            "dashed ones: there the simulators differ by more than chance."
        ),
        tables={
            "differences": f"{_VALIDATION}/differences.parquet",
            "errors": f"{_VALIDATION}/errors.parquet",
        },
        module=f"{_ROOM}.engines",
    ),
)
TREATMENT_FIGURES: Final = (
    CatalogueFigure(
        id="treatment_verification",
        title="What treatments promise and what they hold",
        caption=(
            "Whether treatments hold what they promise: living cells that the best treatments "
            "of each evaluator leave, as predicted and as simulated anew, with 95 % intervals. "
            "Points above the dotted line were promised too few cells. The ring marks the "
            "treatment that simulation ranks first. Look for clouds above the line: there a "
            "search has made use of a surrogate's errors."
        ),
        tables={"treatments": _TREATMENTS},
        module=f"{_ROOM}.treatments",
    ),
    CatalogueFigure(
        id="treatment_front",
        title="Living cells left against TNF given",
        caption=(
            "What less TNF costs in cells: treatments of which no other leaves fewer cells for "
            "less TNF, by prediction (dashed) and simulated anew (dots, 95 % intervals). TNF "
            "given is concentration C times on-time, over that of a pulse of C = 1 that never "
            "ends; C is relative to the strongest pulse of the paper. The grey dotted line is "
            "the number of cells at the start. Look for the bend: left of it every bit of TNF "
            "saved costs many cells."
        ),
        tables={"treatments": _TREATMENTS},
        module=f"{_ROOM}.treatments",
    ),
)
TUMOUR_FIGURES: Final = (
    CatalogueFigure(
        id="tumour_frames",
        title="Tumours under treatment",
        caption=(
            "One simulated tumour of each radius: its cells, coloured by phase, and the TNF around "
            "them. Of spheres the plane through the middle is shown, with the cells that it cuts; "
            "living cells are counted in the whole tumour. Pulses are the bars below, snapshots "
            "the marks above them. TNF is relative to a pulse of concentration 1."
        ),
        tables={
            "cells": "results/tnf/snapshots/radius_{radius}um.cells.parquet",
            "field": "results/tnf/snapshots/radius_{radius}um.field.parquet",
        },
        module=f"{_ROOM}.tumour",
    ),
)
TNF_FIGURES: Final = by_id(
    EVALUATION_FIGURES
    + GENERAL_FIGURES
    + UNCERTAINTY_FIGURES
    + VALIDATION_FIGURES
    + TREATMENT_FIGURES
    + TUMOUR_FIGURES
)
