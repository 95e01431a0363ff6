"""The therapy template within SBML: doses, safety, drug quantity and objective of one patient."""

from collections.abc import Mapping
from dataclasses import dataclass

import libsbml
import numpy as np
from numpy.typing import NDArray

from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.core.errors import UserError
from theraflow.crc.model import sbml
from theraflow.crc.model.pruning import prune
from theraflow.crc.model.rate_equations import amount_id, write_rate_equations
from theraflow.crc.therapy.drugs import Drug, drugs_of, weeks_of
from theraflow.crc.therapy.inefficacy import Inefficacy, inefficacy_of
from theraflow.crc.therapy.quantities import (
    DIAMETER_MM,
    DRUG_PERCENT,
    DRUG_QUANTITY,
    FIRST_DOSE,
    INEFFICACY,
    OBJECTIVE,
    SAFETY,
    START_DIAMETER_MM,
)
from theraflow.crc.therapy.therapy import (
    SYMBOLS,
    parameter_names,
    parameter_vector,
    reference_therapy,
    safe_maximum_mg,
)

_WEEK = "week"
_NO_DOSE = "no_dose"
_SMALLEST_DOSE = "smallest_dose"


@dataclass(frozen=True)
class PatientStart:
    """A patient at therapy start t0: parameters, amounts of all species, diameter."""

    parameters: Mapping[str, float]
    amounts: Mapping[str, float]
    diameter_mm: float


def build_template(
    document: libsbml.SBMLDocument,
    patient: PatientStart,
    model_config: ModelConfig,
    therapy_config: TherapyConfig,
    inefficacy: Inefficacy | None = None,
) -> libsbml.SBMLDocument:
    """Build the SBML model of one patient under a therapy that parameters describe.

    Time zero is t0. The parameters of ``therapy.parameter_names`` start at the reference therapy.
    ``inefficacy`` is what the objective weighs; by default, that of the diameter in mm.
    What cannot influence the tumour's diameter is left out, and reactions are written as rate
    equations, for speed.
    """
    result = document.clone()
    model = result.getModel()
    dosed = _reduce(model, patient, model_config)
    add_therapy(
        model, dosed, patient.diameter_mm, model_config, therapy_config, inefficacy=inefficacy
    )
    return result


def build_weekly_template(
    document: libsbml.SBMLDocument,
    patient: PatientStart,
    model_config: ModelConfig,
    therapy_config: TherapyConfig,
) -> libsbml.SBMLDocument:
    """Build the SBML model of one patient whose parameters are the doses of all weeks, in mg.

    They are named as ``weekly_dose_names`` says, and none at first. Any schedule's therapy can be
    given by them; objective and constraints are left to whoever gives the doses.
    """
    result = document.clone()
    model = result.getModel()
    dosed = _reduce(model, patient, model_config)
    _constant(model, _WEEK, 7.0, "day")
    _constant(model, _NO_DOSE, 0.0, "mg")
    _add_amounts_per_mg(model, model_config, therapy_config)
    for name in (name for names in weekly_dose_names(therapy_config) for name in names):
        _constant(model, name, 0.0, "mg")
    _add_diameter(model, model_config)
    _give_all_doses(model, dosed, therapy_config, start_day=0.0)
    return result


def weekly_dose_names(config: TherapyConfig) -> list[list[str]]:
    """Name the doses of both drugs in every week, as in ``build_weekly_template``."""
    weeks = range(1, weeks_of(config) + 1)
    return [[_dose(symbol, week) for week in weeks] for symbol in SYMBOLS]


def _reduce(
    model: libsbml.Model, patient: PatientStart, model_config: ModelConfig
) -> tuple[str, ...]:
    """Start at a patient and leave out what no drug can change; return the dosed amounts."""
    names = model_config.names
    drugs = (names.atezolizumab, names.cibisatamab)
    start_at(model, patient)
    prune(model, outputs={names.tumour_diameter}, given_later=set(drugs))
    dosed = tuple(amount_id(_species(model, drug)) for drug in drugs)
    write_rate_equations(model)
    return dosed


def add_therapy(
    model: libsbml.Model,
    dosed: tuple[str, ...],
    start_diameter_mm: float,
    model_config: ModelConfig,
    config: TherapyConfig,
    start_day: float = 0.0,
    inefficacy: Inefficacy | None = None,
) -> None:
    """Add doses, safety, drug quantity and objective to ``model``.

    ``dosed`` names the amounts that the doses of atezolizumab and cibisatamab enter. A first dose
    on day 0 is part of the initial state. ``inefficacy`` is as in ``build_template``.
    """
    weighed = inefficacy or inefficacy_of("diameter_mm", start_diameter_mm, start_diameter_mm)
    _add_parameters(model, model_config, config)
    _add_objective(model, start_diameter_mm, weighed, model_config, config)
    _give_all_doses(model, dosed, config, start_day)


def _give_all_doses(
    model: libsbml.Model, dosed: tuple[str, ...], config: TherapyConfig, start_day: float
) -> None:
    for week in range(1, weeks_of(config) + 1):
        day = 7 * (week - 1)
        if start_day + day == 0:
            _give_first_doses(model, dosed)
        elif day < config.horizon_days:
            _give_doses(model, week, dosed, start_day)


def prescribe(
    model: libsbml.Model, weekly_dose_mg: NDArray[np.float64], config: TherapyConfig
) -> None:
    """Give the doses (2, weeks), in mg, to a model of ``build_weekly_template``."""
    for names, doses_mg in zip(weekly_dose_names(config), weekly_dose_mg.tolist(), strict=True):
        for name, dose_mg in zip(names, doses_mg, strict=True):
            model.getParameter(name).setValue(dose_mg)


def start_at(model: libsbml.Model, patient: PatientStart) -> None:
    """Give a model the parameters and the state of a patient at t0.

    Raises ``UserError`` for a parameter or a species that the model lacks.
    """
    for name, value in patient.parameters.items():
        parameter = model.getParameter(name)
        if parameter is None:
            raise UserError(f"patient parameter '{name}': the model has no such parameter")
        parameter.setValue(value)
    for name, amount in patient.amounts.items():
        species = model.getSpecies(name)
        if species is None:
            raise UserError(f"state at therapy start: the model has no species '{name}'")
        model.removeInitialAssignment(name)
        species.unsetInitialConcentration()
        species.setInitialAmount(amount)


def _add_parameters(model: libsbml.Model, model_config: ModelConfig, config: TherapyConfig) -> None:
    _constant(model, _WEEK, 7.0, "day")
    _constant(model, _NO_DOSE, 0.0, "mg")
    _constant(model, _SMALLEST_DOSE, config.smallest_dose_mg, "mg")
    reference = parameter_vector(reference_therapy(config))
    for name, value in zip(parameter_names(config), reference, strict=True):
        _constant(model, name, float(value), "1" if name.startswith("f_") else "mg")
    _add_amounts_per_mg(model, model_config, config)
    for symbol, drug in zip(SYMBOLS, drugs_of(config), strict=True):
        _constant(model, f"safety_limit_{symbol}", drug.safety_limit_mg, "mg")
        _constant(model, f"safe_maximum_{symbol}", safe_maximum_mg(drug, config), "mg")
        for week in range(1, weeks_of(config) + 1):
            month = 1 + (week - 1) // config.weeks_per_month
            # Divides exactly when, and only when, the drug is due in this week.
            due = f"eq({week - 1}, floor({week - 1}/floor(f_{symbol}))*floor(f_{symbol}))"
            counts = f"geq(d_{symbol}_{month}, {_SMALLEST_DOSE})"
            _initially(
                model,
                _dose(symbol, week),
                f"piecewise(d_{symbol}_{month}, {due} && {counts}, {_NO_DOSE})",
                "mg",
            )


def _add_amounts_per_mg(
    model: libsbml.Model, model_config: ModelConfig, config: TherapyConfig
) -> None:
    for symbol, drug in zip(SYMBOLS, drugs_of(config), strict=True):
        amount_per_mg = drug.nanomoles_per_mg / model_config.amount_unit_nmol
        _constant(model, f"amount_per_mg_{symbol}", amount_per_mg, "nanomole/mg")


def _add_diameter(model: libsbml.Model, model_config: ModelConfig) -> None:
    _follows(
        model,
        DIAMETER_MM,
        f"{model_config.diameter_unit_mm!r}*{model_config.names.tumour_diameter}",
        "mm",
    )


def _add_objective(
    model: libsbml.Model,
    start_diameter_mm: float,
    inefficacy: Inefficacy,
    model_config: ModelConfig,
    config: TherapyConfig,
) -> None:
    for safety, percent, symbol, drug in zip(
        SAFETY, DRUG_PERCENT, SYMBOLS, drugs_of(config), strict=True
    ):
        windows = _window_sums(symbol, drug, weeks_of(config))
        _initially(model, safety, f"max({', '.join(windows)}) - safety_limit_{symbol}", "mg")
        total = " + ".join(_dose(symbol, week) for week in range(1, weeks_of(config) + 1))
        _initially(model, percent, f"100*({total})/safe_maximum_{symbol}", "1")
    _initially(model, FIRST_DOSE, " + ".join(_dose(symbol, 1) for symbol in SYMBOLS), "mg")
    _initially(model, DRUG_QUANTITY, f"({' + '.join(DRUG_PERCENT)})/2", "1")
    _constant(model, "inefficacy_weight", config.inefficacy_weight, "1")
    _constant(model, "drug_weight", config.drug_weight, "1")
    _constant(model, START_DIAMETER_MM, start_diameter_mm, "mm")
    _add_diameter(model, model_config)
    _constant(model, "inefficacy_factor", inefficacy.factor, f"1/mm^{inefficacy.power}")
    _follows(model, INEFFICACY, f"inefficacy_factor*{DIAMETER_MM}^{inefficacy.power}", "1")
    _follows(
        model,
        OBJECTIVE,
        f"inefficacy_weight*{INEFFICACY} + drug_weight*{DRUG_QUANTITY}",
        "1",
    )


def _give_first_doses(model: libsbml.Model, dosed: tuple[str, ...]) -> None:
    for name, symbol in zip(dosed, SYMBOLS, strict=True):
        present = f"present_{symbol}"
        _constant(model, present, model.getParameter(name).getValue(), "nanomole")
        sbml.add_initial_assignment(model, name, f"{present} + {_amount(symbol, 1)}")


def _give_doses(model: libsbml.Model, week: int, dosed: tuple[str, ...], start_day: float) -> None:
    event = model.createEvent()
    event.setId(f"week_{week}")
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(True)
    trigger.setPersistent(True)
    # A week without a dose never triggers, so that the solver is not restarted in vain.
    given = " + ".join(_dose(symbol, week) for symbol in SYMBOLS)
    condition = f"time >= {start_day / 7 + week - 1!r}*{_WEEK} && {given} > {_NO_DOSE}"
    trigger.setMath(sbml.parse_expression(condition, event.getId()))
    for name, symbol in zip(dosed, SYMBOLS, strict=True):
        assignment = event.createEventAssignment()
        assignment.setVariable(name)
        assignment.setMath(sbml.parse_expression(f"{name} + {_amount(symbol, week)}", name))


def _amount(symbol: str, week: int) -> str:
    return f"{_dose(symbol, week)}*amount_per_mg_{symbol}"


def _species(model: libsbml.Model, identifier: str) -> libsbml.Species:
    species = model.getSpecies(identifier)
    if species is None:
        raise UserError(f"model.names: the model has no species '{identifier}' to dose")
    return species


def _window_sums(symbol: str, drug: Drug, weeks: int) -> list[str]:
    window = min(drug.safety_window_weeks, weeks)
    return [
        " + ".join(_dose(symbol, week) for week in range(first, first + window))
        for first in range(1, weeks - window + 2)
    ]


def _dose(symbol: str, week: int) -> str:
    return f"dose_{symbol}_{week}"


def _constant(model: libsbml.Model, identifier: str, value: float, unit: str) -> None:
    sbml.add_parameter(model, identifier, unit, constant=True).setValue(value)


def _initially(model: libsbml.Model, identifier: str, expression: str, unit: str) -> None:
    sbml.add_parameter(model, identifier, unit, constant=True)
    sbml.add_initial_assignment(model, identifier, expression)


def _follows(model: libsbml.Model, identifier: str, expression: str, unit: str) -> None:
    sbml.add_parameter(model, identifier, unit, constant=False)
    sbml.add_assignment_rule(model, identifier, expression)
