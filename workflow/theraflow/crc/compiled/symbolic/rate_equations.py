"""The rate equations of an SBML model as expressions: states, patient parameters, output."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libsbml

from theraflow.core.errors import UserError
from theraflow.crc.compiled.symbolic.expressions import ExpressionGraph
from theraflow.crc.compiled.symbolic.formulas import FormulaReader
from theraflow.crc.model.pruning import prune
from theraflow.crc.model.rate_equations import (
    amount_id,
    demand_plain_reactions,
    write_rate_equations,
)
from theraflow.crc.model.sbml import elements_of


@dataclass(frozen=True)
class RateEquations:
    """dy/dt = f(y, p) of one model for all patients.

    ``species`` are the states, amounts of the species of that name; ``rates`` and ``initial``
    are nodes, one per state, and ``output`` is the node of the quantity of interest. The symbols of
    the graph are the names in ``species`` and in ``parameters``; ``initial`` reads only the latter.
    """

    graph: ExpressionGraph
    species: tuple[str, ...]
    parameters: tuple[str, ...]
    rates: tuple[int, ...]
    initial: tuple[int, ...]
    output: int


def read_rate_equations(
    document: libsbml.SBMLDocument,
    parameters: Sequence[str],
    output: str,
    dosed: Sequence[str],
) -> RateEquations:
    """Read the rate equations of all that influences ``output``.

    ``parameters`` stay symbols, every other constant becomes a number. ``dosed`` names species
    that may be absent at first. Raises ``UserError`` for what cannot be compiled.
    """
    original = document.getModel()
    demand_plain_reactions(original)
    pruned = document.clone()
    model = pruned.getModel()
    prune(model, outputs={output}, given_later=set(dosed))
    held = {
        amount_id(species): str(species.getId())
        for species in elements_of(model.getListOfSpecies())
        if species.getId() in dosed or not species.getConstant()
    }
    write_rate_equations(model)
    graph = ExpressionGraph()
    given = {name: graph.symbol(name) for name in parameters}
    start = _Start(original, graph, given)
    symbols = given | {amount: graph.symbol(species) for amount, species in held.items()}
    course = _Course(model, graph, symbols, start)
    rules = {rule.getVariable(): rule for rule in elements_of(model.getListOfRules())}
    rates = [
        course.formula(rules[amount].getMath(), amount) if amount in rules else graph.zero
        for amount in held
    ]
    return RateEquations(
        graph=graph,
        species=tuple(held.values()),
        parameters=tuple(parameters),
        rates=tuple(rates),
        initial=tuple(start.amount(species) for species in held.values()),
        output=course.quantity(output),
    )


class _Quantities:
    """Nodes of a model's quantities, each read once, by identifier."""

    def __init__(self, model: libsbml.Model, graph: ExpressionGraph, known: dict[str, int]) -> None:
        self.model = model
        self.graph = graph
        self._known = dict(known)
        self._waiting: list[str] = []
        functions = elements_of(model.getListOfFunctionDefinitions())
        self._reader = FormulaReader(graph, {item.getId(): item for item in functions})

    def formula(self, math: libsbml.ASTNode, place: str) -> int:
        """Return the node of a formula."""
        return self._reader.read(math, self.quantity, place)

    def quantity(self, name: str) -> int:
        """Return the node of a quantity; raises ``UserError`` for one without a value."""
        return self.once(name, self._read)

    def once(self, name: str, read: Callable[[str], int]) -> int:
        if name in self._waiting:
            raise UserError(f"'{name}': its formula reads its own value; break the circle")
        if name not in self._known:
            self._waiting.append(name)
            self._known[name] = read(name)
            self._waiting.pop()
        return self._known[name]

    def number(self, name: str) -> int:
        element = self.model.getElementBySId(name)
        if isinstance(element, libsbml.Parameter) and element.isSetValue():
            return self.graph.constant(element.getValue())
        if isinstance(element, libsbml.Compartment) and element.isSetSize():
            return self.graph.constant(element.getSize())
        raise UserError(f"'{name}': the model gives it no value; add one, or a rule")

    def _read(self, name: str) -> int:
        raise NotImplementedError


class _Start(_Quantities):
    """What quantities are at time zero, by the whole model."""

    def amount(self, species: str) -> int:
        """Return the node of a species' initial amount."""
        return self.once(f"amount of {species}", lambda _: self._amount(species))

    def _amount(self, identifier: str) -> int:
        species = self.model.getSpecies(identifier)
        is_amount = species.getHasOnlySubstanceUnits()
        assignment = self.model.getInitialAssignment(identifier)
        if assignment is not None:
            value = self.formula(assignment.getMath(), identifier)
        elif species.isSetInitialAmount():
            value, is_amount = self.graph.constant(species.getInitialAmount()), True
        elif species.isSetInitialConcentration():
            value, is_amount = self.graph.constant(species.getInitialConcentration()), False
        else:
            raise UserError(f"species '{identifier}': the model gives it no initial amount")
        if is_amount:
            return value
        return self.graph.multiply(value, self.quantity(species.getCompartment()))

    def _read(self, name: str) -> int:
        species = self.model.getSpecies(name)
        if species is not None:
            amount = self.amount(name)
            if species.getHasOnlySubstanceUnits():
                return amount
            return self.graph.divide(amount, self.quantity(species.getCompartment()))
        for formula in (self.model.getInitialAssignment(name), self.model.getRule(name)):
            if formula is not None:
                return self.formula(formula.getMath(), name)
        return self.number(name)


class _Course(_Quantities):
    """What quantities are at any time, by the model with rate equations."""

    def __init__(
        self, model: libsbml.Model, graph: ExpressionGraph, known: dict[str, int], start: _Start
    ) -> None:
        super().__init__(model, graph, known)
        self._start = start

    def _read(self, name: str) -> int:
        rule = self.model.getRule(name)
        if rule is not None:
            return self.formula(rule.getMath(), name)
        amounts = {amount_id(item): str(item.getId()) for item in self._all_species()}
        if name in amounts:
            return self._start.amount(amounts[name])
        if self._start.model.getInitialAssignment(name) is not None:
            return self._start.quantity(name)
        return self.number(name)

    def _all_species(self) -> list[libsbml.Species]:
        return elements_of(self._start.model.getListOfSpecies())
