"""Comparison of algorithms over patients: quality, drugs, response, best-so-far, paired tests."""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.therapy.drugs import weeks_of
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.therapy import (
    Therapy,
    parameter_names,
    parameter_vector,
    reference_therapy,
    therapy_from_vector,
    weekly_doses_mg,
)
from theraflow.stats.multiple_testing import holm
from theraflow.stats.paired import rank_biserial, signed_rank_p_value

REFERENCE = "reference"
UNTREATED = "untreated"
RESPONSES = ("CR", "PR", "SD", "PD")
# Two methods that differ by less than this part of J are tied: tolerances of the solver shift J so.
_TIE = 1e-4
_STEP_DAYS = 8.0


def simulate_courses(
    problem_file: Path, therapies: dict[str, Therapy], config: CrcConfig
) -> pd.DataFrame:
    """Simulate one patient without therapy, with the reference and with each therapy given.

    Returns columns arm, time_days, diameter_mm, relative_diameter (to that at t0).
    """
    arms = {
        UNTREATED: reference_therapy(config.therapy, (False, False)),
        REFERENCE: reference_therapy(config.therapy),
        **therapies,
    }
    copasi = CopasiModel.from_file(problem_file)
    names = parameter_names(config.therapy)
    frames = []
    for arm, therapy in arms.items():
        vector = parameter_vector(therapy).tolist()
        copasi.set_initial_values(dict(zip(names, vector, strict=True)))
        course = copasi.simulate(
            config.therapy.horizon_days, config.search.search_solver, [DIAMETER_MM], _STEP_DAYS
        )
        course = course.rename(columns={DIAMETER_MM: tables.DIAMETER_MM})
        course[tables.RELATIVE_DIAMETER] = (
            course[tables.DIAMETER_MM] / course[tables.DIAMETER_MM].iloc[0]
        )
        course.insert(0, "arm", arm)
        frames.append(course)
    copasi.close()
    return pd.concat(frames, ignore_index=True)


def best_therapies(searches: pd.DataFrame, config: CrcConfig) -> pd.DataFrame:
    """Reduce all improvements to the best of every search, with the reference it started from.

    ``searches`` holds the improvements of every patient, algorithm and seed; the first of each is
    the reference therapy, evaluation 1. Adds relative inefficacy and objective (1: the reference).
    """
    keys = [tables.PATIENT, tables.ALGORITHM, tables.SEED]
    ordered = searches.sort_values([*keys, tables.EVALUATION])
    first, best = ordered.groupby(keys).first(), ordered.groupby(keys).last()
    result = best[
        [
            tables.OBJECTIVE,
            tables.INEFFICACY_MM,
            tables.DRUG_QUANTITY_PERCENT,
            *tables.DRUG_PERCENT,
            *parameter_names(config.therapy),
        ]
    ].copy()
    result[tables.RELATIVE_INEFFICACY] = best[tables.INEFFICACY_MM] / first[tables.INEFFICACY_MM]
    result[tables.RELATIVE_OBJECTIVE] = best[tables.OBJECTIVE] / first[tables.OBJECTIVE]
    return result.reset_index()


def summarise_algorithms(best: pd.DataFrame) -> pd.DataFrame:
    """Average over patients and seeds, one row per algorithm (paper, Fig. 2)."""
    values = [
        tables.RELATIVE_INEFFICACY,
        tables.DRUG_QUANTITY_PERCENT,
        *tables.DRUG_PERCENT,
        tables.RELATIVE_OBJECTIVE,
        tables.OBJECTIVE,
    ]
    grouped = best.groupby(tables.ALGORITHM)[values]
    summary = grouped.mean()
    summary[[f"{value}_sd" for value in values]] = grouped.std()
    return summary.sort_values(tables.RELATIVE_OBJECTIVE).reset_index()


def classify_response(
    start_diameter_mm: float, end_diameter_mm: float, config: ComparisonConfig
) -> str:
    """Return the RECIST class of a target lesion at the horizon, from its diameters.

    CR: gone (below the smallest diameter that counts); PR: at least 30 % smaller than at the
    start; PD: at least 20 % larger; SD otherwise (Eisenhauer et al. 2009, with the thresholds of
    the config).
    """
    if end_diameter_mm < config.complete_response_diameter_mm:
        return "CR"
    change_percent = 100 * (end_diameter_mm / start_diameter_mm - 1)
    if change_percent <= -config.partial_response_percent:
        return "PR"
    return "PD" if change_percent >= config.progression_percent else "SD"


def count_responses(courses: pd.DataFrame, config: ComparisonConfig) -> pd.DataFrame:
    """Count the patients of every response class in every arm (paper, Fig. 3).

    ``courses`` are those of ``simulate_courses`` with columns patient and seed added.
    """
    keys = [tables.PATIENT, "arm", tables.SEED]
    grouped = courses.sort_values(tables.TIME_DAYS).groupby(keys)[tables.DIAMETER_MM]
    ends = pd.DataFrame({"start": grouped.first(), "end": grouped.last()}).reset_index()
    ends["response"] = [
        classify_response(start, end, config)
        for start, end in zip(ends["start"], ends["end"], strict=True)
    ]
    table = pd.crosstab(ends["arm"], ends["response"])
    return table.reindex(columns=list(RESPONSES), fill_value=0).reset_index()


def best_so_far(searches: pd.DataFrame, axis: str, points: NDArray[np.float64]) -> pd.DataFrame:
    """Average the relative objective of the best therapy so far at ``points`` of ``axis``.

    ``axis`` is ``evaluation`` or ``seconds``. Before its first improvement a search stands at the
    reference therapy (1). Columns: algorithm, the axis, mean, lower and upper quartile.
    """
    keys = [tables.PATIENT, tables.ALGORITHM, tables.SEED]
    curves: dict[str, list[NDArray[np.float64]]] = {}
    for key, search in searches.groupby(keys):
        ordered = search.sort_values(tables.EVALUATION)
        relative = ordered[tables.OBJECTIVE].to_numpy() / ordered[tables.OBJECTIVE].iloc[0]
        reached = np.searchsorted(ordered[axis].to_numpy(), points, side="right")
        curves.setdefault(str(key[1]), []).append(np.concatenate([[1.0], relative])[reached])
    frames = [
        pd.DataFrame(
            {
                tables.ALGORITHM: algorithm,
                axis: points,
                "mean": np.mean(values, axis=0),
                "lower_quartile": np.quantile(values, 0.25, axis=0),
                "upper_quartile": np.quantile(values, 0.75, axis=0),
            }
        )
        for algorithm, values in curves.items()
    ]
    return pd.concat(frames, ignore_index=True)


def compare_pairs(best: pd.DataFrame) -> pd.DataFrame:
    """Compare every pair of algorithms over patients by their objective, the mean over seeds.

    Wilcoxon's signed-rank test (two-sided, exact for few patients), Holm's correction over all
    pairs, and the matched-pairs rank-biserial correlation as effect size: 1 when the first
    algorithm is better (J lower) on every patient, -1 when the second is (Kerby 2014).
    """
    table = best.pivot_table(
        index=tables.PATIENT, columns=tables.ALGORITHM, values=tables.OBJECTIVE, aggfunc="mean"
    ).dropna()
    rows = []
    for first, second in combinations(table.columns, 2):
        gain = (table[second] - table[first]).to_numpy()
        gain = np.where(np.abs(gain) < _TIE * table[first].to_numpy(), 0.0, gain)
        rows.append(
            {
                "first": first,
                "second": second,
                "patients": len(gain),
                "first_better": int((gain > 0).sum()),
                "second_better": int((gain < 0).sum()),
                "median_gain": float(np.median(gain)),
                "effect_size": rank_biserial(gain),
                "p_value": signed_rank_p_value(gain),
            }
        )
    result = pd.DataFrame(rows)
    result["p_value_holm"] = holm(result["p_value"].to_numpy())
    return result


def winners(
    searches: pd.DataFrame, axis: str, budget: float, shares: Iterable[float]
) -> pd.DataFrame:
    """Say who has the best therapy at which share of the budget, over patients.

    Ties within the solver's tolerance count for everyone. Columns: budget share, the budget in
    units of ``axis``, algorithm, patients won, mean relative objective, winner.
    """
    keys = [tables.PATIENT, tables.ALGORITHM]
    starts = searches.groupby(tables.PATIENT)[tables.OBJECTIVE].max()
    rows = []
    for share in shares:
        within = searches[searches[axis] <= share * budget]
        per_seed = within.groupby([*keys, tables.SEED])[tables.OBJECTIVE].min().reset_index()
        table = per_seed.pivot_table(
            index=tables.PATIENT, columns=tables.ALGORITHM, values=tables.OBJECTIVE
        )
        # Without an evaluation so far a search stands at the reference therapy.
        algorithms = searches[tables.ALGORITHM].unique()
        table = table.reindex(index=starts.index, columns=sorted(algorithms)).T.fillna(starts).T
        won = table.le(table.min(axis=1) * (1 + _TIE), axis=0).sum()
        mean = table.div(starts, axis=0).mean()
        rows += [
            {
                "budget_share": share,
                axis: share * budget,
                tables.ALGORITHM: algorithm,
                "patients_won": int(won[algorithm]),
                tables.RELATIVE_OBJECTIVE: float(mean[algorithm]),
                "winner": bool(mean[algorithm] <= mean.min() * (1 + _TIE)),
            }
            for algorithm in table.columns
        ]
    return pd.DataFrame(rows)


def therapies_of(
    best: pd.DataFrame, patient: int, seed: int, config: CrcConfig
) -> dict[str, Therapy]:
    """Read one patient's best therapy of every algorithm from ``best_therapies``."""
    rows = best[(best[tables.PATIENT] == patient) & (best[tables.SEED] == seed)]
    names = parameter_names(config.therapy)
    return {
        str(row[tables.ALGORITHM]): therapy_from_vector(
            row[names].to_numpy(dtype=float), config.therapy
        )
        for _, row in rows.iterrows()
    }


def weekly_doses(best: pd.DataFrame, config: CrcConfig) -> pd.DataFrame:
    """List what every patient gets in every week, by the reference and by every search.

    Columns patient, seed, arm (reference or algorithm), week (from 1), mg of each drug.
    """
    frames = []
    searches = best[[tables.PATIENT, tables.SEED]].drop_duplicates()
    for patient, seed in searches.itertuples(index=False):
        therapies = {
            REFERENCE: reference_therapy(config.therapy),
            **therapies_of(best, patient, seed, config),
        }
        for name, therapy in therapies.items():
            doses_mg = weekly_doses_mg(therapy, config.therapy)
            key = {tables.PATIENT: patient, tables.SEED: seed, tables.ARM: name}
            weeks = np.arange(1, weeks_of(config.therapy) + 1)
            doses = dict(zip(tables.DRUG_DOSE_MG, doses_mg, strict=True))
            frames.append(pd.DataFrame({**key, tables.WEEK: weeks, **doses}))
    return pd.concat(frames, ignore_index=True)
