"""A model's reactions as rate equations of plain quantities, which COPASI evaluates faster."""

import libsbml

from theraflow.core.errors import UserError
from theraflow.crc.model import sbml
from theraflow.crc.model.sbml import elements_of


def amount_id(species: libsbml.Species) -> str:
    """Name the quantity that holds a species' amount once the model has rate equations."""
    identifier = str(species.getId())
    return identifier if species.getHasOnlySubstanceUnits() else f"amount_{identifier}"


def demand_plain_reactions(model: libsbml.Model) -> None:
    """Raise ``UserError`` for a reaction that is more than a rate law and numbers of species.

    That is one without a rate law, with local parameters, or with stoichiometries that change, and
    a species with a conversion factor.
    """
    for reaction in elements_of(model.getListOfReactions()):
        law, name = reaction.getKineticLaw(), reaction.getId()
        if law is None or not law.isSetMath():
            raise UserError(f"reaction '{name}': give it a rate law")
        if law.getNumParameters() or law.getNumLocalParameters():
            raise UserError(f"reaction '{name}': make its local parameters global ones")
        sides = (reaction.getListOfReactants(), reaction.getListOfProducts())
        if not all(reference.getConstant() for side in sides for reference in elements_of(side)):
            raise UserError(f"reaction '{name}': make its stoichiometries constant numbers")
    for element in (model, *elements_of(model.getListOfSpecies())):
        if element.isSetConversionFactor():
            raise UserError(f"'{element.getId()}': leave out its conversion factor")


def write_rate_equations(model: libsbml.Model) -> None:
    """Replace species and reactions by parameters with rate rules; change ``model``.

    Every identifier keeps its meaning: what is integrated is the amount of a species, and where
    its identifier means a density, that follows from the amount. COPASI spends most of a simulation
    on bookkeeping per reaction (its flux in several units), which plain quantities do without, and
    its absolute tolerance means the same for every amount (for a species it shrinks with the
    compartment, below any use for the synapses).
    The model's reactions are plain, as ``demand_plain_reactions`` says.
    """
    rates = _amount_rates(model)
    declared = [species.clone() for species in elements_of(model.getListOfSpecies())]
    densities = {
        species.getId(): _density_unit(model, model.getSpecies(species.getId()))
        for species in declared
        if not species.getHasOnlySubstanceUnits()
    }
    while model.getNumReactions():
        model.removeReaction(0)
    while model.getNumSpecies():
        model.removeSpecies(0)
    for species in declared:
        identifier, held = species.getId(), amount_id(species)
        amount = model.createParameter()
        amount.setId(held)
        amount.setUnits(species.getSubstanceUnits() or model.getSubstanceUnits())
        amount.setValue(species.getInitialAmount())
        amount.setConstant(False)
        if identifier in rates and not species.getBoundaryCondition():
            rule = model.createRateRule()
            rule.setVariable(held)
            rule.setMath(sbml.parse_expression(rates[identifier], identifier))
        if identifier in densities:
            density = model.createParameter()
            density.setId(identifier)
            density.setUnits(densities[identifier])
            density.setConstant(False)
            sbml.add_assignment_rule(model, identifier, f"{held}/{species.getCompartment()}")


def _amount_rates(model: libsbml.Model) -> dict[str, str]:
    """Sum the rate laws that move each species, as one expression per species."""
    terms: dict[str, list[str]] = {}
    for reaction in elements_of(model.getListOfReactions()):
        law = libsbml.formulaToL3String(reaction.getKineticLaw().getMath())
        for references, sign in (
            (reaction.getListOfReactants(), "-"),
            (reaction.getListOfProducts(), "+"),
        ):
            for reference in elements_of(references):
                number = reference.getStoichiometry()
                factor = "" if number == 1 else f"{number!r}*"
                terms.setdefault(reference.getSpecies(), []).append(f"{sign} {factor}({law})")
    return {name: " ".join(summands).removeprefix("+ ") for name, summands in terms.items()}


def _density_unit(model: libsbml.Model, species: libsbml.Species) -> str:
    identifier = f"density_in_{species.getCompartment()}"
    if model.getUnitDefinition(identifier) is None:
        unit = species.getDerivedUnitDefinition().clone()
        unit.setId(identifier)
        model.addUnitDefinition(unit)
    return identifier
