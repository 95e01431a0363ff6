"""Which batches of candidates a config asks for: pure and fast, as every job plans them anew."""

from dataclasses import dataclass
from typing import Any, Final

from theraflow.config.crc.patients import PatientsConfig
from theraflow.core.file_hash import file_sha256
from theraflow.core.files import find_file
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.crc.model.model_tables import TABLES_DIRECTORY
from theraflow.crc.patients.conditions import GrowthConditions

# Patients are grown and treated by the reference therapy, which nobody rates or chooses.
_OF_SEARCHES: Final[dict[str, Any]] = {
    **dict.fromkeys(("template", "size", "tail_days", "inefficacy_weight", "drug_weight"), True),
    **{drug: {"vial_sizes_mg"} for drug in ("atezolizumab", "cibisatamab")},
}

COMPILED: Final = "compiled"
COPASI: Final = "copasi"


@dataclass(frozen=True)
class CandidateBatch:
    """Candidates ``first`` to ``last`` of the sample, from 0, the last excluded."""

    batch_id: str
    first: int
    last: int


def plan_candidate_batches(
    conditions: GrowthConditions, patients: PatientsConfig
) -> list[CandidateBatch]:
    """List the batches of candidates, named by all that decides their outcome.

    More candidates add batches and leave the others as they are; only a last batch that was not
    full is replaced by a fuller one.
    """
    identity = growth_identity(conditions, patients)
    return [
        CandidateBatch(
            content_hash({**identity, "first": first, "last": last}),
            first,
            last,
        )
        for first in range(0, patients.candidates, patients.batch_size)
        for last in [min(first + patients.batch_size, patients.candidates)]
    ]


def growth_identity(
    conditions: GrowthConditions, patients: PatientsConfig, grower: str | None = None
) -> dict[str, Any]:
    """Return all that decides the outcome of the candidate with a given number.

    ``grower`` is that of the config unless given.
    """
    grower = grower or patients.grower
    return {
        "model": conditions.model.identity(),
        "files": study_file_hashes(conditions.model.sbml_file, patients.parameters_file),
        "therapy": conditions.therapy.identity(exclude=_OF_SEARCHES),
        "seed": patients.seed,
        "batch_size": patients.batch_size,
        "growth_limit_days": conditions.limit_days,
        "grower": _grower_identity(conditions, grower),
    }


def study_file_hashes(sbml_file: str | None, parameters_file: str) -> dict[str, str]:
    """Hash the files of model and patients by their names; raises ``UserError`` for a lost one."""
    files = [find_file(parameters_file, "table of patient parameters")]
    if sbml_file is None:
        files += sorted(TABLES_DIRECTORY.glob("*.csv"))
    else:
        files.append(find_file(sbml_file, "SBML model"))
    return {file.name: file_sha256(file) for file in files}


def _grower_identity(conditions: GrowthConditions, grower: str) -> dict[str, Any]:
    sampling = "theraflow.crc.patients.sampling"
    if grower == COMPILED:
        code = source_fingerprint("theraflow.crc.patients.compiled_growth", sampling)
        return {"name": grower, "code": code}
    return {
        "name": grower,
        "code": source_fingerprint("theraflow.crc.patients.growth", sampling),
        "search_solver": conditions.arms_solver.identity(),
        "verification_solver": conditions.growth_solver.identity(),
    }
