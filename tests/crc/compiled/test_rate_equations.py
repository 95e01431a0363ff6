"""The equations of the colorectal model against independent simulators."""

from pathlib import Path

import libsbml
import numpy as np
import pytest
import roadrunner

from theraflow.core.errors import UserError
from theraflow.crc.compiled.symbolic.differentiation import jacobian
from theraflow.crc.compiled.symbolic.elimination import plan_elimination
from theraflow.crc.compiled.symbolic.rate_equations import RateEquations, read_rate_equations
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.template import PatientStart, start_at


def test_rates_equal_those_of_an_independent_simulator(
    equations: RateEquations, study_model: StudyModel, symbols: dict[str, float]
) -> None:
    """The whole model in libRoadRunner: also shows that what was left out changes nothing."""
    document = study_model.document.clone()
    amounts = {name: symbols[name] for name in equations.species}
    parameters = {name: symbols[name] for name in equations.parameters}
    start_at(document.getModel(), PatientStart(parameters, amounts, 20.0))
    simulator = roadrunner.RoadRunner(sbml.document_text(document))
    order = simulator.model.getFloatingSpeciesIds()
    rates = dict(zip(order, simulator.getRatesOfChange(), strict=True))
    expected = [rates[name] for name in equations.species]
    found = equations.graph.evaluate(equations.rates, symbols)
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    assert np.count_nonzero(found) > 70


def test_growth_starts_as_in_copasi(
    equations: RateEquations, whole_model: CopasiModel, symbols: dict[str, float]
) -> None:
    parameters = {name: symbols[name] * 1.1 for name in equations.parameters}
    before = {name: whole_model.initial_value(name) for name in parameters}
    whole_model.set_initial_values(parameters)
    factor = whole_model.model.getQuantity2NumberFactor()
    expected = [whole_model.entity(name).getInitialValue() / factor for name in equations.species]
    whole_model.set_initial_values(before)
    found = equations.graph.evaluate(equations.initial, parameters)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_jacobian_equals_finite_differences(
    equations: RateEquations, symbols: dict[str, float]
) -> None:
    graph, species = equations.graph, equations.species
    entries = jacobian(graph, equations.rates, species)
    assert (len(species), len(entries)) == (73, 524)
    exact = np.zeros((len(species), len(species)))
    values = graph.evaluate(list(entries.values()), symbols)
    for place, value in zip(entries, values, strict=True):
        exact[place] = value
    for column, name in enumerate(species):
        shift = 1e-5 * symbols[name]
        above, below = (
            graph.evaluate(equations.rates, symbols | {name: symbols[name] + step})
            for step in (shift, -shift)
        )
        differences = (above - below) / (2 * shift)
        # Differences of large rates are no better than their rounding.
        rounding = 1e-11 * np.maximum(abs(above), 1e-300) / shift
        error = np.abs(exact[:, column] - differences)
        assert (error <= 1e-6 * np.abs(differences) + rounding).all(), name


def test_elimination_of_the_model_hardly_fills_in(equations: RateEquations) -> None:
    entries = jacobian(equations.graph, equations.rates, equations.species)
    plan = plan_elimination(len(equations.species), entries)
    assert plan.entries < 1.25 * len(entries)


def small_model(formula: str) -> libsbml.SBMLDocument:
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    compartment = model.createCompartment()
    compartment.setId("body")
    compartment.setSize(2.0)
    compartment.setConstant(True)
    for name in ("tumour", "drug"):
        species = model.createSpecies()
        species.setId(name)
        species.setCompartment("body")
        species.setInitialConcentration(3.0)
        species.setHasOnlySubstanceUnits(False)
        species.setBoundaryCondition(False)
        species.setConstant(False)
    growth = model.createParameter()
    growth.setId("growth")
    growth.setConstant(True)
    reaction = model.createReaction()
    reaction.setId("R1")
    reaction.setReversible(False)
    product = reaction.createProduct()
    product.setSpecies("tumour")
    product.setStoichiometry(2.0)
    product.setConstant(True)
    reaction.createKineticLaw().setMath(libsbml.parseL3Formula(formula))
    size = model.createParameter()
    size.setId("size")
    size.setConstant(False)
    sbml.add_assignment_rule(model, "size", "tumour*body")
    return document


def test_densities_stoichiometries_and_initial_concentrations_are_respected() -> None:
    found = read_rate_equations(small_model("growth*tumour/drug"), ["growth"], "size", ["drug"])
    assert set(found.species) == {"tumour", "drug"}
    place = found.species.index("tumour")
    values = {"growth": 0.5, "tumour": 8.0, "drug": 4.0}
    assert found.graph.evaluate(found.initial, {})[place] == 6.0
    assert found.graph.evaluate(found.rates, values)[place] == 2 * 0.5 * 2
    assert found.graph.evaluate([found.output], values)[0] == 8.0


def test_a_model_that_cannot_be_compiled_says_why() -> None:
    with pytest.raises(UserError, match=r"'sin' cannot be compiled; .* evaluate with COPASI"):
        read_rate_equations(small_model("sin(growth)*tumour"), ["growth"], "size", ["drug"])
    with pytest.raises(UserError, match="'growth': the model gives it no value"):
        read_rate_equations(small_model("growth*tumour"), [], "size", ["drug"])


def test_a_species_with_an_initial_assignment_is_not_absent() -> None:
    document = small_model("growth*tumour/drug")
    document.getModel().getSpecies("tumour").setInitialAmount(0.0)
    sbml.add_initial_assignment(document.getModel(), "tumour", "4*growth")
    found = read_rate_equations(document, ["growth"], "size", ["drug"])
    place = found.species.index("tumour")
    assert found.graph.evaluate(found.initial, {"growth": 0.5})[place] == 4 * 0.5 * 2


def test_a_parameter_of_one_reaction_hides_a_global_one_of_its_name(tmp_path: Path) -> None:
    document = small_model("k*tumour/drug")
    for owner, value in ((document.getModel().createParameter(), 2.0), (local_of(document), 50.0)):
        owner.setId("k")
        owner.setValue(value)
    document.getModel().getParameter("k").setConstant(True)
    with pytest.raises(UserError, match="reaction 'R1': make its local parameters global"):
        read_rate_equations(document, [], "size", ["drug"])
    file = tmp_path / "model.xml"
    libsbml.writeSBMLToFile(document, str(file))
    found = read_rate_equations(sbml.read_document(file), [], "size", ["drug"])
    values = {"tumour": 8.0, "drug": 4.0}
    place = found.species.index("tumour")
    assert found.graph.evaluate(found.rates, values)[place] == 2 * 50 * 2


def local_of(document: libsbml.SBMLDocument) -> libsbml.LocalParameter:
    return document.getModel().getReaction("R1").getKineticLaw().createLocalParameter()


def test_reactions_that_are_not_plain_are_refused() -> None:
    lawless, converted = small_model("growth*tumour"), small_model("growth*tumour")
    lawless.getModel().getReaction("R1").unsetKineticLaw()
    converted.getModel().getSpecies("drug").setConversionFactor("growth")
    for document, message in (
        (lawless, "reaction 'R1': give it a rate law"),
        (converted, "'drug': leave out its conversion factor"),
    ):
        with pytest.raises(UserError, match=message):
            read_rate_equations(document, ["growth"], "size", ["drug"])
