"""Checks of a study that it has passed before: nothing that they load is loaded again."""

from importlib.metadata import version
from pathlib import Path
from typing import Final

from theraflow.config.crc.study import CrcConfig
from theraflow.core.files import remember_text, user_cache_file
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.crc.patients.batches import study_file_hashes

_LIBRARIES: Final = ("python-copasi", "python-libsbml")


def check_once(crc: CrcConfig, *, grows: bool = True) -> None:
    """Check a study as ``check_study`` and, where it ``grows`` patients, ``check_grower`` do.

    What has passed is remembered in the user's cache folder by all that decides it: config, files,
    code and libraries. Raises ``UserError`` for the first fault, every time.
    """
    passed = _file_of_passed(crc, grows)
    if passed.is_file():
        return
    # COPASI, libSBML and the compilation take three times as long as all else of a check.
    from theraflow.crc.checks import check_grower, check_study

    model = check_study(crc.model, crc.patients, crc.therapy, crc.search)
    if grows:
        check_grower(model, crc.model, crc.patients)
    remember_text(passed, "")


def _file_of_passed(crc: CrcConfig, grows: bool) -> Path:
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
    return user_cache_file("passed_checks", content_hash(decisive))
