"""Small tables of which every figure of the catalogues can be drawn."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Final

import numpy as np
import pandas as pd

from theraflow.tnf import tables

RADII_UM: Final = (50, 100, 400)
SIMULATORS: Final = ("physiboss 2D 0123456789abcdef", "embedded exact fedcba9876543210")
SNAPSHOTS_MIN: Final = (0, 360, 1440)
HOURLY_MIN: Final = np.arange(60, 1441, 60)
ARMS: Final = ("untreated", "reference", "nelder_mead", "swarm")
ALGORITHMS: Final = ("nelder_mead", "swarm")


def predictions(treatments: int = 5, replicates: int = 3) -> pd.DataFrame:
    """Treatments from weak to strong; the surrogate is wrong by a tenth of the mean.

    Replicates are 10 % below the mean, at it, and above it.
    """
    times = np.arange(0, 1441, 60)
    frames = []
    for radius in RADII_UM:
        for number, replicate in product(range(treatments), range(replicates)):
            alive = radius * np.exp(-number * times / 3000)
            counts = {
                "alive": alive,
                "apoptotic": 0.5 * radius - 0.3 * alive,
                "necrotic": 0 * alive,
            }
            frames.append(
                pd.DataFrame(
                    {
                        "tumor_radius_um": radius,
                        "pulse_period_min": 100 + number,
                        "pulse_duration_min": 10,
                        "tnf_concentration": 0.5,
                        "replicate": replicate,
                        "time_min": times,
                        **{name: (0.9 + 0.1 * replicate) * count for name, count in counts.items()},
                        **{f"predicted_{name}": 1.1 * count for name, count in counts.items()},
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def errors() -> pd.DataFrame:
    """The same error at every time."""
    return _of_every_radius(
        {
            "points": 24,
            "time_min": HOURLY_MIN,
            **_interval("relative_error_percent", 8.0),
            **_interval("relative_error_totals_percent", 5.0),
        }
    )


def cell_errors() -> pd.DataFrame:
    """The same error of each cell type at every time."""
    return _of_every_radius(
        {
            "points": 24,
            "time_min": np.repeat(HOURLY_MIN, 3),
            "cell_type": np.tile(tables.CELL_TYPES, 24),
            **_interval("mean_absolute_error_cells", np.tile([3.0, 2.0, 1.0], 24)),
        }
    )


def _interval(name: str, value: "float | np.ndarray") -> dict[str, object]:
    return {name: value, f"{name}_lower": 0.9 * value, f"{name}_upper": 1.2 * value}


def noise(table: pd.DataFrame) -> pd.DataFrame:
    """Noise as large as the errors of a table; 0.7 times that of means of replicates."""
    numbers = table.select_dtypes(float).columns
    single = table.assign(comparison=tables.REPLICATE_VS_REPLICATE)
    mean = table.assign(comparison=tables.REPLICATE_VS_MEAN)
    mean[numbers] *= 0.7
    return pd.concat([single, mean], ignore_index=True)


def coverage() -> pd.DataFrame:
    """Intervals that hold as much as they promise, and of apoptotic cells two points more."""
    more = np.tile([0.0, 2.0, 0.0], 24)
    tables_of_levels = [
        _of_every_radius(
            {
                "interval_of": of,
                "level_percent": level,
                "time_min": np.repeat(HOURLY_MIN, 3),
                "cell_type": np.tile(tables.CELL_TYPES, 24),
                "calibrating": 109,
                "checked": 200,
                "coverage_percent": level + more,
                "interval_width_cells": 9.0,
            }
        )
        for of in ("one simulation", "mean")
        for level in (80.0, 95.0)
    ]
    return pd.concat(tables_of_levels, ignore_index=True)


def timing() -> pd.DataFrame:
    """Two surrogates that pay for themselves, and one that never does."""
    return pd.DataFrame(
        {
            "tumor_radius_um": RADII_UM,
            **_interval("simulation_cpu_s", np.array([0.04, 0.07, 1e-6])),
            **_interval("inference_batch_cpu_s", 3e-5),
            "training_cpu_s": 30.0,
            "training_gpu_s": 0.0,
            "data_simulations": 1822,
            **_interval("break_even_simulations", np.array([2600.0, 2250.0, np.inf])),
        }
    )


def histories() -> pd.DataFrame:
    """Losses that fall."""
    return _of_every_radius(
        {
            "epoch": np.arange(1, 5),
            "training_loss": 0.5 ** np.arange(1, 5),
            "validation_loss": 0.6 ** np.arange(1, 5),
        }
    )


def differences() -> pd.DataFrame:
    """Two points, one with more cells by the second simulator."""
    frames = [
        _of_every_radius(
            {
                "pulse_period_min": period_min,
                "pulse_duration_min": 10,
                "tnf_concentration": 0.5,
                "time_min": np.repeat(HOURLY_MIN, 3),
                "cell_type": np.tile(tables.CELL_TYPES, 24),
                "difference": difference,
                "lower": difference - 1.0,
                "upper": difference + 1.0,
                "first_simulator": SIMULATORS[0],
                "second_simulator": SIMULATORS[1],
            }
        )
        for period_min, difference in ((100, 0.0), (300, 5.0))
    ]
    return pd.concat(frames, ignore_index=True)


def simulator_errors() -> pd.DataFrame:
    """R^T between two simulators above that within each."""
    frames = [
        _of_every_radius(
            {
                "time_min": HOURLY_MIN,
                "comparison": comparison,
                "relative_error_percent": error,
                "first_simulator": SIMULATORS[0],
                "second_simulator": SIMULATORS[1],
            }
        )
        for comparison, error in (
            (tables.BETWEEN, 9.0),
            (tables.WITHIN_FIRST, 6.0),
            (tables.WITHIN_SECOND, 5.0),
        )
    ]
    return pd.concat(frames, ignore_index=True)


def treatments() -> pd.DataFrame:
    """Two targets and evaluators; surrogates promise ten cells too few, the engine keeps its word.

    The front needs ever more TNF for ever fewer cells.
    """
    frames = []
    for target in ("radius_100um", "radii_50_to_275um"):
        for evaluator, promised in (("separate", -10.0), ("engine", 0.0)):
            first = 2 if evaluator == "separate" else 1
            best = pd.DataFrame({"kind": "best", "rank": range(first, 11)})
            best["simulated_living_cells"] = 30.0 + best["rank"]
            front = pd.DataFrame({"kind": "front", "rank": range(1, 7)})
            front["simulated_living_cells"] = 600.0 / front["rank"] ** 1.6
            both = pd.concat([best, front], ignore_index=True)
            both["tnf_given"] = 1e-4 * 2.0 ** both["rank"]
            both["predicted_living_cells"] = both["simulated_living_cells"] + promised
            frames.append(both.assign(target=target, evaluator=evaluator, initial_cells=151.0))
    frame = pd.concat(frames, ignore_index=True)
    frame["simulated_lower"] = frame["simulated_living_cells"] - 3
    frame["simulated_upper"] = frame["simulated_living_cells"] + 3
    return frame


def courses(patients: int = 3) -> pd.DataFrame:
    """Tumours that grow without therapy, and shrink faster the later the arm's name."""
    days = np.arange(0.0, 401, 8)
    frames = [
        pd.DataFrame(
            {
                "arm": arm,
                "subject": f"patient_{patient}",
                "seed": 1 if arm in ALGORITHMS else np.nan,
                "time_days": days,
                "diameter_mm": 20 * np.exp((1 - number) * patient * days / 1000),
                "relative_diameter": np.exp((1 - number) * patient * days / 1000),
            }
        )
        for number, arm in enumerate(ARMS)
        for patient in range(1, patients + 1)
    ]
    return pd.concat(frames, ignore_index=True)


def compared_therapies(patients: int = 3) -> pd.DataFrame:
    """Two seeds of every patient; `swarm` is better, and patient 1 worse off than by reference."""
    return pd.DataFrame(
        [
            {
                "group": "all",
                "axis": "evaluation",
                "budget": 4000.0,
                "subject": f"patient_{patient}",
                "algorithm": algorithm,
                "seed": seed,
                "relative_inefficacy": level + (0.9 if patient == 1 else 0.0) + 0.1 * seed,
                "relative_objective": level,
                "drug_quantity_percent": 100 * level,
            }
            for patient in range(1, patients + 1)
            for algorithm, level in zip(ALGORITHMS, (0.5, 0.3), strict=True)
            for seed in (1, 2)
        ]
    )


def response_counts() -> pd.DataFrame:
    """Ten patients in every arm; all progress by the reading that is not shown."""
    shown = pd.DataFrame(
        {
            "reading": "final_diameter",
            "is_shown": True,
            "arm": ARMS,
            "patients": 10,
            "CR": [0, 0, 1, 2],
            "PR": [0, 2, 3, 4],
            "SD": [1, 3, 4, 4],
            "PD": [9, 5, 2, 0],
        }
    )
    other = shown.assign(reading="recist_1_1", is_shown=False, CR=0, PR=0, SD=0, PD=10)
    return pd.concat([other, shown], ignore_index=True)


def weekly_doses() -> pd.DataFrame:
    """A dose in every fourth week, the larger the later patient and arm."""
    weeks = np.arange(1, 61)
    frames = [
        pd.DataFrame(
            {
                "subject": f"patient_{patient}",
                "seed": 1 if arm in ALGORITHMS else np.nan,
                "arm": arm,
                "week": weeks,
                "atezolizumab_mg": np.where(weeks % 4 == 1, 100.0 * patient + number, 0),
                "cibisatamab_mg": np.where(weeks % 4 == 1, 10.0 * patient + number, 0),
            }
        )
        for patient in (1, 2, 3)
        for number, arm in enumerate(ARMS[1:])
    ]
    return pd.concat(frames, ignore_index=True)


def best_therapies() -> pd.DataFrame:
    """Patient 1 gains most J; each algorithm has two seeds, of which the second is better."""
    gains = {1: 0.8, 2: 0.3, 3: 0.5}
    return pd.DataFrame(
        [
            {
                "subject": f"patient_{patient}",
                "algorithm": algorithm,
                "seed": seed,
                "relative_objective": 1 - gain * (0.9 + 0.02 * number + 0.01 * seed),
            }
            for patient, gain in gains.items()
            for number, algorithm in enumerate(ALGORITHMS)
            for seed in (1, 2)
        ]
    )


def patient_responses(changed: int = 2) -> pd.DataFrame:
    """All progress under all therapies, but one patient responds completely to `swarm`."""
    return pd.DataFrame(
        [
            {
                "subject": f"patient_{patient}",
                "arm": arm,
                "reading": "final_diameter",
                "is_shown": True,
                "response": "CR" if (patient, arm) == (changed, "swarm") else "PD",
            }
            for patient in (1, 2, 3)
            for arm in ARMS
        ]
    )


def best_so_far() -> pd.DataFrame:
    """Gaps that fall from that of the reference, against evaluations and CPU time."""
    return _curves(
        ("evaluation", "cpu_s"),
        lambda points, power: {
            "searches": 10,
            "median": points**-power,
            "lower_quartile": 0.9 * points**-power,
            "upper_quartile": 1.1 * points**-power,
        },
    )


def run_time_distribution() -> pd.DataFrame:
    """Shares of targets that rise."""
    return _curves(("evaluation", "cpu_s"), lambda points, power: {"share": 1 - points**-power})


def _curves(
    axes: Sequence[str], columns: Callable[[np.ndarray, float], Mapping[str, object]]
) -> pd.DataFrame:
    points = np.geomspace(1, 4000, 50)
    frames = [
        pd.DataFrame(
            {
                "group": group,
                "algorithm": algorithm,
                "axis": axis,
                "budget": points,
                **columns(points, power),
            }
        )
        for group in ("all", "4,000 evaluations on 6 patients")
        for axis in axes
        for algorithm, power in zip(ALGORITHMS, (0.05, 0.1), strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def fronts(patients: int = 4) -> pd.DataFrame:
    """Fronts that begin below the reference; the second patient's spans three decades."""
    drugs = np.linspace(1, 90, 30)
    frames = []
    for patient in range(1, patients + 1):
        lowest = 0.1 if patient == 2 else 40 + patient
        inefficacy = lowest + 90 / drugs
        verified = np.where(np.arange(30) % 3 == 0, inefficacy, np.nan)
        merged = {
            "front": "merged",
            "relative_inefficacy_percent": inefficacy,
            "drug_quantity_percent": drugs,
            "objective": 0.9 * inefficacy + 0.1 * drugs,
            "verified_relative_inefficacy_percent": verified,
        }
        own = merged | {
            "front": "nsga2",
            "relative_inefficacy_percent": 1.2 * inefficacy,
            "verified_relative_inefficacy_percent": np.nan,
        }
        given = {
            "front": ["reference", "untreated"],
            "relative_inefficacy_percent": [100.0, 2500.0],
            "drug_quantity_percent": [100.0, 0.0],
            "verified_relative_inefficacy_percent": [100.0, 2500.0],
        }
        frames += [
            pd.DataFrame({"subject": f"patient_{patient}", **each}) for each in (merged, own, given)
        ]
    return pd.concat(frames, ignore_index=True)


def attained() -> pd.DataFrame:
    """What shares of the patients can have: the more of them, the less each."""
    drugs = np.linspace(0.5, 80, 25)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "share_of_patients": share,
                    "drug_quantity_percent": drugs,
                    "relative_inefficacy_percent": 40 + 200 * share / drugs,
                }
            )
            for share in (0.25, 0.5, 0.75, 1.0)
        ],
        ignore_index=True,
    )


def regimens(patients: int = 5) -> pd.DataFrame:
    """Personal therapies that are best, the later the patient the worse, and two regimens."""
    rows = [
        {
            "statistic": statistic,
            "subject": f"patient_{patient}",
            "therapy": therapy,
            "relative_inefficacy_percent": 100.0
            if therapy == "reference"
            else worse * 10 * patient,
            "drug_quantity_percent": 100.0 if therapy == "reference" else 20.0,
        }
        for statistic, factor in (("mean", 2.0), ("worst_quarter", 1.5))
        for patient in range(1, patients + 1)
        for therapy, worse in (("reference", 1.0), ("regimen", factor), ("personal", 1.0))
    ]
    return pd.DataFrame(rows)


def tables_of_every_figure() -> Mapping[str, Mapping[str, pd.DataFrame]]:
    """Make the tables of every figure, by its id and by the names that the catalogue gives."""
    return {
        "example_trajectories": {"predictions": predictions()},
        "training_histories": {"histories": histories()},
        "relative_error_over_time": {
            "errors": errors(),
            "replicate_errors": errors(),
            "noise_errors": noise(errors()),
        },
        "cell_errors_over_time": {
            "cell_errors": cell_errors(),
            "replicate_cell_errors": cell_errors(),
            "noise_cell_errors": noise(cell_errors()),
        },
        "general_training_history": {"history": histories().query("tumor_radius_um == 50")},
        "break_even_curves": {"timing": timing()},
        "coverage_over_time": {"coverage": coverage()},
        "general_surrogate_errors": {
            "replicate_errors": errors(),
            "general_replicate_errors": errors(),
            "noise_errors": noise(errors()),
        },
        "engine_comparison": {"differences": differences(), "errors": simulator_errors()},
        "treatment_verification": {"treatments": treatments()},
        "treatment_front": {"treatments": treatments()},
        "tumour_frames": {"cells": snapshot_cells(), "field": snapshot_field()},
        "untreated_growth": {"courses": courses()},
        "quality_and_drugs": {"therapies": compared_therapies()},
        "responses": {"counts": response_counts()},
        "treated_growth": {"courses": courses()},
        "therapies_of_one_patient": {
            "weekly_doses": weekly_doses(),
            "best": best_therapies(),
            "responses": patient_responses(),
        },
        "fronts": {"fronts": fronts()},
        "attainment": {"attained": attained()},
        "regimens": {"regimens": regimens()},
        "best_so_far": {"curves": best_so_far()},
        "run_time_distribution": {"shares": run_time_distribution()},
    }


def snapshot_cells(radii_um: Sequence[int] = (50, 100)) -> pd.DataFrame:
    """Seven cells in a ring and its middle, of which three die, each in its own way."""
    angle = np.arange(6) * np.pi / 3
    frames = []
    for radius in radii_um:
        for time_min in SNAPSHOTS_MIN:
            died = ["apoptotic", "necrotic", "lysed"] if time_min else ["alive"] * 3
            frames.append(
                _snapshot(radius, time_min)
                | {
                    "cell": np.arange(7),
                    "x_um": np.float32(0.7 * radius * np.append(np.cos(angle), 0)),
                    "y_um": np.float32(0.7 * radius * np.append(np.sin(angle), 0)),
                    "z_um": np.float32(0),
                    "cell_radius_um": np.linspace(5, 9, 7, dtype=np.float32),
                    "phase": ["alive"] * 4 + died,
                }
            )
    return pd.concat(map(pd.DataFrame, frames), ignore_index=True)


def snapshot_field(radii_um: Sequence[int] = (50, 100)) -> pd.DataFrame:
    """TNF that falls towards the middle, and with time."""
    axis = np.arange(-190, 200, 20)
    x, y = (each.ravel() for each in np.meshgrid(axis, axis))
    frames = [
        _snapshot(radius, time_min)
        | {
            "x_um": np.float32(x),
            "y_um": np.float32(y),
            "z_um": np.float32(0),
            "local_concentration": np.float32((0.01 + np.hypot(x, y) / 1000) / (1 + time_min)),
        }
        for radius in radii_um
        for time_min in SNAPSHOTS_MIN
    ]
    return pd.concat(map(pd.DataFrame, frames), ignore_index=True)


def _snapshot(radius: int, time_min: int) -> dict[str, object]:
    return {
        "simulation_id": f"{radius:016x}",
        "tumor_radius_um": radius,
        "pulse_period_min": 360,
        "pulse_duration_min": 20,
        "tnf_concentration": 0.5,
        "replicate": 0,
        "time_min": time_min,
    }


def _of_every_radius(columns: Mapping[str, object]) -> pd.DataFrame:
    frames = [pd.DataFrame({"tumor_radius_um": radius, **columns}) for radius in RADII_UM]
    return pd.concat(frames, ignore_index=True)
