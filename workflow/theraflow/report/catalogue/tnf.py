"""The figures of the TNF study, after Figs 2-6 of doi 10.1109/BIBM62325.2024.10822769."""

from typing import Final

from theraflow.report.catalogue.figure import LOOKS, CatalogueFigure, by_id

_ROOM: Final = "theraflow.report.figures.tnf"
_EVALUATION: Final = "results/tnf/evaluation/radius_{radius}um"
_NOISE_FLOOR: Final = "results/tnf/evaluation/noise_floor"
_TREATMENTS: Final = "results/tnf/treatment/treatments.parquet"
_VALIDATION: Final = "results/tnf/validation"

EVALUATION_FIGURES: Final = (
    CatalogueFigure(
        id="example_trajectories",
        title="Simulated and predicted cell counts",
        caption=(
            "Cells over time in a few simulations that no surrogate was trained on: dots are "
            "simulated, lines predicted. Columns are tumour radii. Rows go from the weakest to the "
            "strongest treatment, by the living cells that are predicted at the end."
        ),
        tables={"predictions": f"{_EVALUATION}/predictions.parquet"},
        module=f"{_ROOM}.trajectories",
        settings=LOOKS | {"example_trajectories"},
    ),
    CatalogueFigure(
        id="training_histories",
        title="Loss during training",
        caption=(
            "Training and validation loss over the epochs, a panel per tumour radius. A validation "
            "loss that rises while the training loss falls is overfitting."
        ),
        tables={"histories": "results/tnf/surrogates/radius_{radius}um/history.parquet"},
        module=f"{_ROOM}.training",
    ),
    CatalogueFigure(
        id="relative_error_over_time",
        title="Relative error of the surrogates",
        caption=(
            "Relative error of the predictions over time, per cell type and of the total count. "
            "The band shows the simulator's own noise: from the error to expect of one who knows "
            "the mean of each treatment (dashed) to that of a single replicate."
        ),
        tables={
            "errors": f"{_EVALUATION}/errors.parquet",
            "noise_errors": f"{_NOISE_FLOOR}/errors.parquet",
        },
        module=f"{_ROOM}.errors",
    ),
    CatalogueFigure(
        id="cell_errors_over_time",
        title="Error of each cell type",
        caption=(
            "Mean absolute error of the predicted cells over time, per cell type. Dashed lines "
            "show how far a replicate lies from the mean of its treatment."
        ),
        tables={
            "cell_errors": f"{_EVALUATION}/cell_errors.parquet",
            "noise_cell_errors": f"{_NOISE_FLOOR}/cell_errors.parquet",
        },
        module=f"{_ROOM}.errors",
    ),
    CatalogueFigure(
        id="break_even_curves",
        title="CPU time of simulating and of predicting",
        caption=(
            "CPU time of N results when each is simulated, and when each is predicted. The second "
            "curve starts at the CPU time that the surrogate's data and training took. Beyond the "
            "dotted line the surrogate has paid for itself. After a training on a GPU there is "
            "none."
        ),
        tables={"timing": f"{_EVALUATION}/timing.parquet"},
        module=f"{_ROOM}.break_even",
    ),
)
GENERAL_FIGURES: Final = (
    CatalogueFigure(
        id="general_surrogate_errors",
        title="One surrogate for every radius",
        caption=(
            "Relative error (eq. 3) over time on the same test simulations: of the surrogates that "
            "know one radius each, and of the one that knows every radius. The band shows the "
            "simulator's own noise, as in the figure of the relative error."
        ),
        tables={
            "errors": f"{_EVALUATION}/errors.parquet",
            "general_errors": "results/tnf/evaluation/general/errors.parquet",
            "noise_errors": f"{_NOISE_FLOOR}/errors.parquet",
        },
        module=f"{_ROOM}.general",
    ),
)
UNCERTAINTY_FIGURES: Final = (
    CatalogueFigure(
        id="coverage_over_time",
        title="Coverage of the intervals",
        caption=(
            "Share of the test simulations that lie within the intervals of the general surrogate, "
            "over time, per cell type and for all three (black). Dotted lines show the share that "
            "was asked for. A line above it belongs to intervals that are wider than needed."
        ),
        tables={"coverage": "results/tnf/evaluation/general/coverage.parquet"},
        module=f"{_ROOM}.coverage",
    ),
)
VALIDATION_FIGURES: Final = (
    CatalogueFigure(
        id="engine_comparison",
        title="Two simulators compared",
        caption=(
            "How the mean counts of two simulators differ over time, with 90 % confidence "
            "intervals, a colour per parameter point and a row per cell type. The last row "
            "compares the relative error between the two with that within each."
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
            "Living cells that the best treatments of each evaluator leave, as predicted and as "
            "simulated anew, with 95 % intervals. Points above the dotted line were promised too "
            "few cells. The ring marks the treatment that simulation ranks first."
        ),
        tables={"treatments": _TREATMENTS},
        module=f"{_ROOM}.treatments",
    ),
    CatalogueFigure(
        id="treatment_front",
        title="Living cells left against TNF given",
        caption=(
            "Treatments of which no other leaves fewer cells for less TNF, by prediction (dashed) "
            "and simulated anew (dots, 95 % intervals). TNF given is concentration times on-time, "
            "relative to a concentration of 1 that is always on."
        ),
        tables={"treatments": _TREATMENTS},
        module=f"{_ROOM}.treatments",
    ),
)
TNF_FIGURES: Final = by_id(
    EVALUATION_FIGURES
    + GENERAL_FIGURES
    + UNCERTAINTY_FIGURES
    + VALIDATION_FIGURES
    + TREATMENT_FIGURES
)
