"""Checks of a study that it has passed before: nothing that they load is loaded again."""

from importlib.metadata import version
from typing import Final

from theraflow.config.crc.study import CrcConfig
from theraflow.core.files import check_once
from theraflow.core.fingerprints import source_fingerprint
from theraflow.crc.patients.batches import study_file_hashes

_LIBRARIES: Final = ("python-copasi", "python-libsbml")


def check_study_once(crc: CrcConfig, *, grows: bool = True) -> None:
    """Check a study as ``check_study`` and, where it ``grows`` patients, ``check_grower`` do.

    What has passed is remembered in the user's cache folder by all that decides it: config, files,
    code and libraries. Raises ``UserError`` for the first fault, every time.
    """

    def check() -> None:
        # COPASI, libSBML and the compilation take three times as long as all else of a check.
        from theraflow.crc.checks import check_grower, check_study

        model = check_study(crc.model, crc.patients, crc.therapy, crc.search)
        if grows:
            check_grower(model, crc.model, crc.patients)

    decisive = {
        "model": crc.model.identity(),
        "patients": crc.patients.identity(),
        "therapy": crc.therapy.identity(),
        "search": crc.search.identity(),
        "files": study_file_hashes(crc.model.sbml_file, crc.patients.parameters_file),
        "grows": grows,
        "code": source_fingerprint("theraflow.crc.checks"),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }
    check_once(decisive, check)
