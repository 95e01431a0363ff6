"""The explorer of the spheroid: what the general surrogate predicts for any treatment."""

import math
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from theraflow.config.tnf.engines import EngineConfig
from theraflow.config.tnf.treatment import TreatmentObjectiveConfig
from theraflow.core.errors import UserError
from theraflow.report.page.blocks import Block, Missing, Section, Text
from theraflow.report.page.explorer.network import ensemble_data, network_data
from theraflow.report.page.explorer.simulations import sampled_simulations
from theraflow.report.page.explorer.widget import explorer
from theraflow.report.page.results import Results
from theraflow.report.page.words import plain, span
from theraflow.tnf import tables
from theraflow.tnf.treatment import tables as treatment_tables

if TYPE_CHECKING:
    from theraflow.tnf.surrogate.card import GeneralCard

_SURROGATE: Final = "tnf/surrogates/general"
_SCRIPTS: Final = ("network.js", "search.js", "tnf.js")
_LABELS: Final = {
    tables.TUMOR_RADIUS_UM: ("radius", "Tumour radius", "µm"),
    tables.PULSE_PERIOD_MIN: ("period", "Time between pulses", "min"),
    tables.PULSE_DURATION_MIN: ("duration", "Length of a pulse", "min"),
    tables.TNF_CONCENTRATION: ("concentration", "TNF concentration", "relative"),
}


def tnf_explorer(results: Results, best: Sequence[dict[str, Any]]) -> Section | None:
    """Let readers try treatments; None where the config asks for no general surrogate.

    ``best``: the best verified treatment of each target, a row of ``TREATMENTS_SCHEMA``.
    """
    wanted = results.study is None or results.study.tnf.surrogates.general_surrogate
    if not wanted and not results.has(f"{_SURROGATE}/card.json"):
        return None
    return Section("tnf-try", "Try a treatment", tuple(_blocks(results, best)))


def _blocks(results: Results, best: Sequence[dict[str, Any]]) -> list[Block]:
    if not results.has(f"{_SURROGATE}/card.json"):
        return [
            Missing(
                "Not computed: the surrogate of every radius has not been trained. With it, "
                "treatments can be tried here."
            )
        ]
    try:
        data = explorer_data(results, best)
    except UserError as error:
        return [Missing(f"Cannot be read: {error}")]
    told: list[Block] = [
        Text(
            "The surrogate of every radius is computed here, in your browser; nothing is sent. It "
            "predicts what the simulator would count, for radii between those it was trained on "
            "as well."
        )
    ]
    if data["ensemble"] is None:
        told.append(
            Missing(
                "There is no interval: no calibrated ensemble stands beside the surrogate, or it "
                "is too large for a page."
            )
        )
    return [*told, explorer("tnf", data, _SCRIPTS)]


def explorer_data(results: Results, best: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Gather what the explorer's script reads; raises ``UserError`` for a damaged surrogate."""
    # Torch takes seconds to import; a page without the surrogate does not need it.
    from theraflow.tnf.surrogate.card import GeneralCard
    from theraflow.tnf.surrogate.networks.general import GeneralNetwork
    from theraflow.tnf.surrogate.prediction import load_surrogate
    from theraflow.tnf.surrogate.uncertainty.ensemble import (
        has_intervals,
        load_calibrated_surrogate,
    )

    folder = results.folder / _SURROGATE
    surrogate = load_surrogate(folder)
    card = surrogate.card
    if not isinstance(card, GeneralCard) or not isinstance(surrogate.network, GeneralNetwork):
        raise UserError(f"{folder}: no general surrogate; train it again")
    calibrated = load_calibrated_surrogate(folder) if has_intervals(folder) else None
    treatments = [_treatment(row) for row in best]
    objective = (
        TreatmentObjectiveConfig()
        if results.study is None
        else results.study.tnf.treatment.objective
    )
    return {
        "parameters": _parameters(card),
        "horizon_min": card.horizon_min,
        "trained_radii_um": card.tumor_radii_um,
        "network": network_data(surrogate.network),
        "ensemble": None if calibrated is None else ensemble_data(calibrated),
        "simulations": sampled_simulations(results, card.hours),
        "treatments": [each for each in treatments if each["horizon_min"] == card.horizon_min],
        "objective": {"cells": objective.cells_weight, "tnf": objective.tnf_weight},
        "predict_command": _predict_command(results),
        "simulate_command": _simulate_command(results, card.horizon_min),
        "optimise_command": _optimise_command(results, objective),
    }


def _parameters(card: "GeneralCard") -> list[dict[str, Any]]:
    scaling = card.scaling
    lows = (scaling.tumor_radius_min_um, *scaling.parameter_min)
    highs = (scaling.tumor_radius_max_um, *scaling.parameter_max)
    return [
        {
            "column": column,
            "name": name,
            "label": label,
            "unit": unit,
            "low": low if column == tables.TNF_CONCENTRATION else math.ceil(low),
            "high": high if column == tables.TNF_CONCENTRATION else math.floor(high),
            "range": _range(low, high),
            "is_whole": column != tables.TNF_CONCENTRATION,
        }
        for (column, (name, label, unit)), low, high in zip(
            _LABELS.items(), lows, highs, strict=True
        )
    ]


def _range(low: float, high: float) -> str:
    """Write a range with at most four decimals, rounded inwards."""
    scale = 10_000
    return span(math.ceil(low * scale) / scale, math.floor(high * scale) / scale)


def _treatment(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": plain(row[treatment_tables.TARGET]),
        "horizon_min": int(row[treatment_tables.HORIZON_MIN]),
        "point": [float(row[name]) for name in tables.POINT_COLUMNS],
        "living": float(row[treatment_tables.SIMULATED_LIVING_CELLS]),
        "lower": float(row[treatment_tables.SIMULATED_LOWER]),
        "upper": float(row[treatment_tables.SIMULATED_UPPER]),
        "replicates": int(row[treatment_tables.REPLICATES]),
    }


def _predict_command(results: Results) -> str:
    return f"theraflow tnf predict --surrogate {_surrogate_in_commands(results)}"


def _surrogate_in_commands(results: Results) -> str:
    return shlex.quote(f"{results.folder_in_commands}/{_SURROGATE}")


def _optimise_command(results: Results, objective: TreatmentObjectiveConfig) -> str:
    """Begin the command that searches as the campaign does and simulates what it finds.

    Empty where the command cannot simulate or weigh as the campaign does.
    """
    changed = _changed_engine_options(results)
    if changed is None or "model_file" in changed or not objective.cells_weight:
        return ""
    options = [f"--surrogate {_surrogate_in_commands(results)}"]
    if "time_steps" in changed:
        options.append(changed["time_steps"])
    if objective.caution:
        options.append(f"--caution {objective.caution:g}")
    if objective.tnf_weight:
        options.append(f"--tnf-weight {objective.tnf_weight / objective.cells_weight:g}")
    return " ".join(["theraflow tnf optimise", *options])


def _simulate_command(results: Results, horizon_min: int) -> str:
    """Begin the command that simulates as the campaign does; empty where it needs a program."""
    changed = _changed_engine_options(results)
    if changed is None:
        return ""
    told = f"--horizon {horizon_min} --replicates 16 --out simulation.parquet"
    return " ".join(["theraflow tnf simulate", *changed.values(), told])


def _changed_engine_options(results: Results) -> dict[str, str] | None:
    """Write what differs from the shipped engine as options, by key; None for a program."""
    engine = EngineConfig() if results.study is None else results.study.tnf.engine
    if not isinstance(engine, EngineConfig):
        return None
    shipped = EngineConfig()
    return {
        name: f"--{name.replace('_', '-')} {shlex.quote(str(getattr(engine, name)))}"
        for name in ("dimension", "time_steps", "model_file")
        if getattr(engine, name) != getattr(shipped, name)
    }
