"""SBML of the colorectal-cancer model: built from its tables, read from a file, checked."""

from html import escape
from pathlib import Path

import libsbml

from theraflow.core.errors import UserError
from theraflow.crc.model.model_tables import ModelTables, Row
from theraflow.crc.model.units import declare_unit

MODEL_ID = "crc_qsp"
_LEVEL, _VERSION = 3, 2


def build_document(tables: ModelTables) -> libsbml.SBMLDocument:
    """Build the SBML Level 3 Version 2 document of the model's tables, with units.

    Time is in days, volumes in litres, areas in dm^2, every amount in the numeric unit ``item``
    (nanomole, molecule, cell or milliunit*litre, as the notes of each species say).
    Raises ``UserError`` for an expression that does not parse.
    """
    document = libsbml.SBMLDocument(_LEVEL, _VERSION)
    model = document.createModel()
    model.setId(MODEL_ID)
    model.setName("Colorectal cancer with atezolizumab and cibisatamab")
    model.setSubstanceUnits("item")
    model.setExtentUnits("item")
    model.setTimeUnits(declare_unit(model, "day"))
    model.setVolumeUnits("litre")
    model.setAreaUnits(declare_unit(model, "dm^2"))
    model.setLengthUnits(declare_unit(model, "dm"))
    ruled = {row["id"] for row in tables.assignment_rules}
    for row in tables.compartments:
        compartment = model.createCompartment()
        compartment.setId(row["id"])
        compartment.setSpatialDimensions(int(row["spatial_dimensions"]))
        compartment.setUnits(declare_unit(model, row["unit"]))
        compartment.setConstant(row["id"] not in ruled)
        if row["size"]:
            compartment.setSize(float(row["size"]))
        _annotate(compartment, row, row["unit"])
    for row in tables.parameters:
        parameter = add_parameter(model, row["id"], row["unit"], constant=True)
        parameter.setValue(float(row["value"]))
        _annotate(parameter, row, row["unit"])
    for row in tables.assignment_rules:
        if model.getElementBySId(row["id"]) is None:
            parameter = add_parameter(model, row["id"], row["unit"], constant=False)
            _annotate(parameter, row, row["unit"])
    for row in tables.species:
        species = model.createSpecies()
        species.setId(row["id"])
        species.setCompartment(row["compartment"])
        species.setSubstanceUnits("item")
        species.setHasOnlySubstanceUnits(row["identifier_means"] == "amount")
        species.setBoundaryCondition(False)
        species.setConstant(False)
        if row["initial_amount"]:
            species.setInitialAmount(float(row["initial_amount"]))
        _annotate(species, row, row["amount_unit"])
    for row in tables.assignment_rules:
        add_assignment_rule(model, row["id"], row["expression"])
    for row in tables.initial_assignments:
        add_initial_assignment(model, row["id"], row["expression"])
    for row in tables.reactions:
        _add_reaction(model, row)
    return document


def read_document(path: Path) -> libsbml.SBMLDocument:
    """Read an SBML file; parameters local to a reaction become global, under names of their own.

    Raises ``UserError`` when there is no such file or libSBML reports an error in it.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; give the path of an SBML model")
    document = libsbml.readSBMLFromFile(str(path))
    errors = _errors(document)
    if errors:
        raise UserError(f"{path}: this is not a readable SBML model: {errors[0]}")
    if document.getModel() is None:
        raise UserError(f"{path}: the SBML file holds no model")
    promote = libsbml.ConversionProperties()
    promote.addOption("promoteLocalParameters", True)
    document.convert(promote)
    return document


def consistency_errors(document: libsbml.SBMLDocument) -> list[str]:
    """Run libSBML's whole consistency check, units included, and return its errors.

    A mismatch of units is a warning to libSBML; it is an error here.
    """
    for category in (
        libsbml.LIBSBML_CAT_GENERAL_CONSISTENCY,
        libsbml.LIBSBML_CAT_IDENTIFIER_CONSISTENCY,
        libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
        libsbml.LIBSBML_CAT_MATHML_CONSISTENCY,
        libsbml.LIBSBML_CAT_OVERDETERMINED_MODEL,
    ):
        document.setConsistencyChecks(category, True)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_MODELING_PRACTICE, False)
    document.getErrorLog().clearLog()
    document.checkConsistency()
    return _errors(document, libsbml.LIBSBML_SEV_WARNING)


def document_text(document: libsbml.SBMLDocument) -> str:
    """Return the document as XML text."""
    return str(libsbml.writeSBMLToString(document))


def add_parameter(
    model: libsbml.Model, identifier: str, unit: str, *, constant: bool
) -> libsbml.Parameter:
    """Add a global parameter without a value."""
    parameter = model.createParameter()
    parameter.setId(identifier)
    parameter.setUnits(declare_unit(model, unit))
    parameter.setConstant(constant)
    return parameter


def add_assignment_rule(model: libsbml.Model, variable: str, expression: str) -> None:
    """Make ``variable`` follow ``expression`` at all times."""
    rule = model.createAssignmentRule()
    rule.setVariable(variable)
    rule.setMath(parse_expression(expression, variable))


def add_initial_assignment(model: libsbml.Model, symbol: str, expression: str) -> None:
    """Set ``symbol`` from ``expression`` at time zero."""
    assignment = model.createInitialAssignment()
    assignment.setSymbol(symbol)
    assignment.setMath(parse_expression(expression, symbol))


def parse_expression(expression: str, place: str) -> libsbml.ASTNode:
    """Parse infix mathematics; every literal number is dimensionless.

    Raises ``UserError`` naming ``place`` when the expression does not parse.
    """
    math = libsbml.parseL3Formula(expression)
    if math is None:
        problem = " ".join(libsbml.getLastParseL3Error().split())
        raise UserError(f"{place}: '{expression}' is not an expression: {problem}")
    _make_literals_dimensionless(math)
    return math


def elements_of(elements: libsbml.ListOf) -> list[libsbml.SBase]:
    """Return the elements of one of libSBML's lists, which may then change."""
    return [elements.get(index) for index in range(elements.size())]


def referenced_ids(math: libsbml.ASTNode) -> set[str]:
    """Return the identifiers that an expression reads."""
    found = {math.getName()} if math.getType() == libsbml.AST_NAME else set()
    for index in range(math.getNumChildren()):
        found |= referenced_ids(math.getChild(index))
    return found


def _add_reaction(model: libsbml.Model, row: Row) -> None:
    reaction = model.createReaction()
    reaction.setId(row["id"])
    # Net rates may be negative.
    reaction.setReversible("-" in row["rate_law"])
    moved = set()
    for side, create in (
        (row["reactants"], reaction.createReactant),
        (row["products"], reaction.createProduct),
    ):
        for species_id in filter(None, (name.strip() for name in side.split("+"))):
            reference = create()
            reference.setSpecies(species_id)
            reference.setStoichiometry(1.0)
            reference.setConstant(True)
            moved.add(species_id)
    math = parse_expression(row["rate_law"], row["id"])
    reaction.createKineticLaw().setMath(math)
    for name in sorted(referenced_ids(math) - moved):
        if model.getSpecies(name) is not None:
            reaction.createModifier().setSpecies(name)
    _annotate(reaction, row)


def _make_literals_dimensionless(math: libsbml.ASTNode) -> None:
    if math.isNumber():
        math.setUnits("dimensionless")
    for index in range(math.getNumChildren()):
        _make_literals_dimensionless(math.getChild(index))


def _annotate(element: libsbml.SBase, row: Row, unit: str = "") -> None:
    text = "; ".join(filter(None, (row["description"], unit and f"unit: {unit}", row["source"])))
    element.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml"><p>{escape(text)}</p></body>')


def _errors(
    document: libsbml.SBMLDocument, least_severity: int = libsbml.LIBSBML_SEV_ERROR
) -> list[str]:
    log = document.getErrorLog()
    errors = (log.getError(index) for index in range(log.getNumErrors()))
    return [
        f"line {error.getLine()}: " + " ".join(error.getMessage().split())
        for error in errors
        if error.getSeverity() >= least_severity
    ]
