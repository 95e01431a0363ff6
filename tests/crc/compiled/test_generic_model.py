"""A model that is not ours, of every construct that can be compiled, in libRoadRunner as well."""

import numpy as np
import pytest
import roadrunner

from theraflow.crc.compiled.machine.kernel import Kernel
from theraflow.crc.compiled.simulator import TIGHT
from theraflow.crc.compiled.symbolic.rate_equations import read_rate_equations
from theraflow.crc.compiled.therapies import TherapyEvaluator, Treatment
from theraflow.crc.model import sbml

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
<model id="generic">
 <listOfFunctionDefinitions>
  <functionDefinition id="hill"><math xmlns="http://www.w3.org/1998/Math/MathML"><lambda>
   <bvar><ci>s</ci></bvar><bvar><ci>k</ci></bvar><bvar><ci>n</ci></bvar>
   <apply><divide/><apply><power/><ci>s</ci><ci>n</ci></apply><apply><plus/>
   <apply><power/><ci>s</ci><ci>n</ci></apply><apply><power/><ci>k</ci><ci>n</ci></apply></apply>
   </apply></lambda></math></functionDefinition>
 </listOfFunctionDefinitions>
 <listOfCompartments><compartment id="body" spatialDimensions="3" size="2" constant="true"/>
 </listOfCompartments>
 <listOfSpecies>{species}</listOfSpecies>
 <listOfParameters>
  <parameter id="growth" value="0.2" constant="true"/>
  <parameter id="exponent" value="1.7" constant="true"/>
  <parameter id="capacity" constant="true"/>
  <parameter id="rate" constant="false"/>
  <parameter id="diameter" constant="false"/>
 </listOfParameters>
</model></sbml>"""
SPECIES = (
    '<species id="{}" compartment="body" initialAmount="{}" hasOnlySubstanceUnits="{}" '
    'boundaryCondition="false" constant="false"/>'
)
RULES = {
    "rate": "max(growth*(1 - tumour/capacity), -0.1) + 0.01*piecewise(1, drug > 0.5, 0.2)",
    "diameter": "root(3, 6*tumour/pi)",
}
REACTIONS = {
    "grow": ("", "tumour", "rate*tumour*exp(-0.1*min(drug, 2))"),
    "die": ("tumour", "", "0.3*tumour*hill(drug*body, 1.5, exponent)"),
    "clear": ("drug", "", "0.4*drug*body + 0.01*ln(1 + drug)*sqrt(drug + 1)"),
    "call": ("", "cell", "0.1*tumour^exponent/(tumour + abs(drug - 1) + 5)"),
    "exhaust": ("cell", "", "0.2*cell"),
    "kill": ("tumour", "", "0.02*cell*tumour/(cell + tumour)"),
}


@pytest.fixture(scope="module")
def document() -> sbml.libsbml.SBMLDocument:
    amounts = {"tumour": (1.5, "true"), "drug": (0.0, "false"), "cell": (0.1, "true")}
    species = "".join(SPECIES.format(name, *value) for name, value in amounts.items())
    result = sbml.libsbml.readSBMLFromString(MODEL.format(species=species))
    model = result.getModel()
    sbml.add_initial_assignment(model, "capacity", "100*exp(growth)")
    for variable, formula in RULES.items():
        sbml.add_assignment_rule(model, variable, formula)
    for name, (reactant, product, law) in REACTIONS.items():
        reaction = model.createReaction()
        reaction.setId(name)
        reaction.setReversible(False)
        sides = ((reactant, reaction.createReactant), (product, reaction.createProduct))
        for moved, create in sides:
            if moved:
                reference = create()
                reference.setSpecies(moved)
                reference.setStoichiometry(1.0)
                reference.setConstant(True)
        reaction.createKineticLaw().setMath(sbml.parse_expression(law, name))
    return result


def test_diameters_equal_those_of_an_independent_simulator(
    document: sbml.libsbml.SBMLDocument,
) -> None:
    treatment = Treatment(("drug",), (0.5,), (8.0,), horizon_days=40.0, diameter_unit_mm=10.0)
    kernel = Kernel(read_rate_equations(document, ["growth", "exponent"], "diameter", ["drug"]))
    patient = {"growth": 0.25, "exponent": 1.4}
    amounts = {"tumour": 1.5, "drug": 0.0, "cell": 0.1}
    weekly_mg = np.zeros((3, 1, 6))
    weekly_mg[1, 0, :4] = 4.0
    weekly_mg[2, 0, ::2] = 8.0
    personal = document.clone()
    for name, value in patient.items():
        personal.getModel().getParameter(name).setValue(value)
    simulator = roadrunner.RoadRunner(sbml.document_text(personal))
    simulator.integrator.relative_tolerance = 1e-10
    simulator.integrator.absolute_tolerance = 1e-13
    expected_mm = []
    for doses_mg in weekly_mg[:, 0]:
        simulator.resetToOrigin()
        for week, dose_mg in enumerate(doses_mg):
            simulator["[drug]"] = simulator["[drug]"] + 0.5 * dose_mg / 2
            simulator.simulate(7.0 * week, min(7.0 * (week + 1), 40.0), 2)
        expected_mm.append(10 * simulator["diameter"])
    for tolerance, error in ((TIGHT, 1e-5), (1e-8, 1e-7)):
        evaluator = TherapyEvaluator(kernel, treatment, patient, amounts, tolerance)
        found_mm = evaluator.end_diameter_mm(weekly_mg)
        np.testing.assert_allclose(found_mm, expected_mm, rtol=error)
    assert expected_mm[0] > 1.05 * expected_mm[2], "the drug must matter"
