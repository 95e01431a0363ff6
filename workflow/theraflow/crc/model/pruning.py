"""Leave out of a model what cannot influence the quantities of interest."""

import libsbml

from theraflow.crc.model.sbml import elements_of, referenced_ids


def prune(model: libsbml.Model, outputs: set[str], given_later: set[str]) -> None:
    """Remove reactions, rules and species that influence none of ``outputs``; change ``model``.

    Species that are absent for ever become constants. ``given_later`` are species that may be
    absent at first but are dosed.
    """
    absent = absent_quantities(model, given_later)
    for reaction in elements_of(model.getListOfReactions()):
        if _vanishes(reaction.getKineticLaw().getMath(), absent):
            model.removeReaction(reaction.getId())
    influential = _influential_ids(model, outputs | given_later)
    for reaction in elements_of(model.getListOfReactions()):
        if not _moved_species(reaction) & influential:
            model.removeReaction(reaction.getId())
    for rule in elements_of(model.getListOfRules()):
        if rule.getVariable() not in influential:
            model.removeRuleByVariable(rule.getVariable())
    for elements in (model.getListOfSpecies(), model.getListOfParameters()):
        for element in elements_of(elements):
            if element.getId() not in influential:
                elements.remove(element.getId())
    moved = set().union(*map(_moved_species, elements_of(model.getListOfReactions())))
    for species in elements_of(model.getListOfSpecies()):
        if species.getId() not in moved | given_later:
            species.setBoundaryCondition(True)
            species.setConstant(True)


def absent_quantities(model: libsbml.Model, given_later: set[str]) -> set[str]:
    """Find what is zero for ever: species that nothing can produce, rules that follow them."""
    absent = {
        species.getId()
        for species in elements_of(model.getListOfSpecies())
        if species.isSetInitialAmount()
        and species.getInitialAmount() == 0
        and model.getInitialAssignment(species.getId()) is None
        and species.getId() not in given_later
    }
    rules = elements_of(model.getListOfRules())
    reactions = elements_of(model.getListOfReactions())
    # Suppose them all absent, then take back what a reaction that does not vanish moves.
    while True:
        zero = absent | {rule.getVariable() for rule in rules if _vanishes(rule.getMath(), absent)}
        moved = {
            name
            for reaction in reactions
            if not _vanishes(reaction.getKineticLaw().getMath(), zero)
            for name in _moved_species(reaction)
        }
        if not absent & moved:
            return zero
        absent -= moved


def _influential_ids(model: libsbml.Model, outputs: set[str]) -> set[str]:
    """Follow rules and rate laws backwards from ``outputs``."""
    sources: dict[str, set[str]] = {}
    for rule in elements_of(model.getListOfRules()):
        sources[rule.getVariable()] = referenced_ids(rule.getMath())
    for species in elements_of(model.getListOfSpecies()):
        sources.setdefault(species.getId(), set()).add(species.getCompartment())
    for reaction in elements_of(model.getListOfReactions()):
        read = referenced_ids(reaction.getKineticLaw().getMath())
        for name in _moved_species(reaction):
            sources.setdefault(name, set()).update(read)
    # A species that a kept reaction moves stays, read or not: the reaction names it.
    found: set[str] = set()
    waiting = set(outputs)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= sources.get(name, set()) - found
        if not waiting:
            waiting = {
                other
                for reaction in elements_of(model.getListOfReactions())
                if _moved_species(reaction) & found
                for other in _moved_species(reaction)
            } - found
    return found


def _vanishes(math: libsbml.ASTNode, absent: set[str]) -> bool:
    """Tell whether an expression is zero because the quantities in ``absent`` are."""
    if math.getType() == libsbml.AST_NAME:
        return math.getName() in absent
    children = [math.getChild(index) for index in range(math.getNumChildren())]
    if math.getType() == libsbml.AST_TIMES:
        return any(_vanishes(child, absent) for child in children)
    if math.getType() == libsbml.AST_DIVIDE:
        return _vanishes(children[0], absent)
    if math.getType() in (libsbml.AST_PLUS, libsbml.AST_MINUS):
        return all(_vanishes(child, absent) for child in children)
    return False


def _moved_species(reaction: libsbml.Reaction) -> set[str]:
    sides = (reaction.getListOfReactants(), reaction.getListOfProducts())
    return {reference.getSpecies() for side in sides for reference in elements_of(side)}
