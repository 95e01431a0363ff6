"""The model of a study: its SBML, checked against the names that the study needs."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import libsbml

from theraflow.config.crc.model import ModelConfig
from theraflow.core.errors import UserError
from theraflow.core.files import find_file
from theraflow.crc.model import sbml
from theraflow.crc.model.model_tables import TABLES_DIRECTORY, read_model_tables
from theraflow.crc.model.patient_parameters import ParameterDistribution, read_distributions
from theraflow.crc.model.rate_equations import demand_plain_reactions
from theraflow.crc.model.sbml import elements_of
from theraflow.crc.tables import INITIAL_DIAMETER_CM


@dataclass(frozen=True)
class StudyModel:
    """An SBML document with the distributions of the parameters that differ between patients."""

    document: libsbml.SBMLDocument
    distributions: tuple[ParameterDistribution, ...]
    origin: str

    @property
    def patient_parameters(self) -> tuple[str, ...]:
        """Names of the model's parameters that differ between patients."""
        names = (distribution.name for distribution in self.distributions)
        return tuple(name for name in names if name != INITIAL_DIAMETER_CM)


def load_study_model(config: ModelConfig, parameters_file: str) -> StudyModel:
    """Build or read the study's model and check it.

    ``parameters_file`` is the table of the parameters that differ between patients.
    Raises ``UserError`` when the SBML file does not load, when a name of the config's mapping or a
    patient parameter is not in the model, when the model has parts that keep it from starting
    again at t0 (rate rules, algebraic rules, events), and when its reactions are not plain.
    """
    if config.sbml_file is None:
        document = sbml.build_document(read_model_tables())
        origin = str(TABLES_DIRECTORY)
    else:
        path = find_file(config.sbml_file, "SBML model")
        document = sbml.read_document(path)
        origin = str(path)
    model = document.getModel()
    names = config.names
    quantities = {element.getId() for element in _quantities(model)}
    _demand(names.tumour_diameter, quantities, "model.names.tumour_diameter", origin)
    species = {element.getId() for element in elements_of(model.getListOfSpecies())}
    _demand(names.atezolizumab, species, "model.names.atezolizumab", origin)
    _demand(names.cibisatamab, species, "model.names.cibisatamab", origin)
    table = find_file(parameters_file, "table of patient parameters")
    distributions = tuple(read_distributions(table))
    parameters = {element.getId() for element in elements_of(model.getListOfParameters())}
    for distribution in distributions:
        if distribution.name != INITIAL_DIAMETER_CM:
            _demand(distribution.name, parameters, f"{table}: patient parameter", origin)
    _demand_restartable(model, origin)
    try:
        demand_plain_reactions(model)
    except UserError as error:
        raise UserError(f"{origin}: {error}") from None
    return StudyModel(document, distributions, origin)


def _demand(name: str, known: Iterable[str], place: str, origin: str) -> None:
    known = set(known)
    if name in known:
        return
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else "choose a name from the model"
    raise UserError(f"{place} '{name}': the model in {origin} has none of that name; {hint}")


def _demand_restartable(model: libsbml.Model, origin: str) -> None:
    rules = elements_of(model.getListOfRules())
    if model.getNumEvents() or any(not rule.isAssignment() for rule in rules):
        raise UserError(
            f"{origin}: the model has events, rate rules or algebraic rules; write it with "
            "reactions and assignment rules only, so that it can start again at therapy start"
        )


def _quantities(model: libsbml.Model) -> list[libsbml.SBase]:
    return elements_of(model.getListOfParameters()) + elements_of(model.getListOfCompartments())
