"""The size of a study in words, once it has passed all checks; at once when asked again."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from theraflow.config.study import StudyConfig
from theraflow.config.tnf.engines import EngineConfig, PhysibossConfig
from theraflow.core.file_hash import file_sha256
from theraflow.core.files import made_once
from theraflow.core.fingerprints import source_fingerprint
from theraflow.crc.patients.batches import study_file_hashes
from theraflow.tnf.engine.model_files import find_model_files

if TYPE_CHECKING:
    from theraflow.tnf.campaign.preflight import RadiusLoad

_COLUMNS: Final = "{:>10} {:>12} {:>12} {:>12} {:>8} {:>10} {:>12}"
_LIBRARIES: Final = ("numpy", "python-copasi", "python-libsbml", "scipy")


def study_size(study: StudyConfig) -> str:
    """Tell what a study asks for, in core-hours too; raises ``UserError`` for what cannot run.

    What was told is remembered in the user's cache folder by all that decides it: config, files,
    code and libraries. PhysiBoSS, which has files of its own, is checked every time.
    """
    engine = study.tnf.engine
    if isinstance(engine, PhysibossConfig):
        return _size(study)
    return made_once(_decisive(study, engine), lambda: _size(study))


def _decisive(study: StudyConfig, engine: EngineConfig) -> dict[str, Any]:
    model = study.crc.model
    return {
        "study": study.model_dump(mode="json"),
        "model_files": [file_sha256(file) for file in find_model_files(engine)],
        "patient_files": study_file_hashes(model.sbml_file, study.crc.patients.parameters_file),
        "code": source_fingerprint(__name__, "theraflow.config"),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _size(study: StudyConfig) -> str:
    # These plan studies, and take as long to load as the config itself.
    from theraflow.crc.preflight import preflight as preflight_of_therapies
    from theraflow.tnf.campaign.preflight import (
        ensemble_training_core_hours,
        general_training_core_hours,
        preflight,
    )
    from theraflow.tnf.treatment.plan import (
        check_treatment,
        search_core_hours,
        verification_core_hours,
    )

    tnf = study.tnf
    check_treatment(tnf.treatment)
    loads, therapies = preflight(tnf), preflight_of_therapies(study.crc)
    has_general = tnf.surrogates.general_surrogate
    rows = _table(
        loads,
        1 + tnf.surrogates.uncertainty.members if has_general else 0,
        general_training_core_hours(tnf) + ensemble_training_core_hours(tnf),
        search_core_hours(tnf) + verification_core_hours(tnf),
    )
    of_therapies = (
        f"{therapies.candidates} candidates, {therapies.patients} patients, "
        f"{therapies.searches} searches, "
        f"{therapies.growth_core_hours + therapies.search_core_hours:.2f} core-hours estimated"
    )
    lines = ["Spheroid under TNF", *rows, "", "Therapies of colorectal cancer", of_therapies]
    return "\n".join(lines)


def _table(
    loads: "list[RadiusLoad]", general_trainings: int, general_core_hours: float, treatments: float
) -> list[str]:
    """Lay the work per radius, for every radius at once and in all out as a table.

    ``treatments`` are the core-hours of simulations by searches and of what they found.
    """
    rows: list[tuple[str | int | float, ...]] = [
        (
            "drawn" if load.tumor_radius_um is None else load.tumor_radius_um,
            load.simulations,
            load.noise_floor_simulations,
            load.added_simulations,
            load.batches,
            load.trainings,
            load.simulation_core_hours + load.added_core_hours + load.training_core_hours,
        )
        for load in loads
    ]
    rows.append(("general", 0, 0, 0, 0, general_trainings, general_core_hours))
    rows.append(("treatments", 0, 0, 0, 0, 0, treatments))
    total = ("all", *(sum(column) for column in list(zip(*rows, strict=True))[1:]))
    return [
        _COLUMNS.format(
            "radius",
            "simulations",
            "noise floor",
            "in rounds",
            "batches",
            "trainings",
            "core-hours",
        ),
        _COLUMNS.format("um", "", "simulations", "simulations", "", "", "estimated"),
        *(_COLUMNS.format(*row[:-1], f"{row[-1]:.2f}") for row in (*rows, total)),
    ]
