"""Section ``crc.model``: the SBML model, and what its quantities are called."""

from theraflow.config.base import Section, setting


class ModelNamesConfig(Section):
    """What the study's quantities are called in the SBML file."""

    tumour_diameter: str = setting(
        "quantity with the tumour's diameter", default="tumour_diameter", min_length=1
    )
    atezolizumab: str = setting(
        "species that a dose of atezolizumab enters", default="V_C_atezo", min_length=1
    )
    cibisatamab: str = setting(
        "species that a dose of cibisatamab enters", default="V_C_cibis", min_length=1
    )


class ModelConfig(Section):
    """The SBML model: our own, built from ``resources/crc_qsp``, or a file of the user."""

    sbml_file: str | None = setting(
        "SBML model to use instead of the one built from resources/crc_qsp; time in days",
        default=None,
    )
    names: ModelNamesConfig = setting("names within the model", default=ModelNamesConfig())
    diameter_unit_mm: float = setting(
        "length of the unit in which the model gives the tumour's diameter",
        unit="mm",
        default=10,
        gt=0,
    )
    amount_unit_nmol: float = setting(
        "amount of drug that the model counts as one", unit="nmol", default=1, gt=0
    )
