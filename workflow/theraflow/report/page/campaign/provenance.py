"""What made the results and the page: config, commit, versions, seeds, hashes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import yaml

from theraflow.config.study import StudyConfig
from theraflow.core.columns import field
from theraflow.core.file_hash import file_sha256
from theraflow.core.parquet import read_provenance
from theraflow.core.provenance import git_commit, versions
from theraflow.report.page.blocks import Block, Facts, Listing, Missing, Section, Text
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table
from theraflow.report.page.words import listed

_PACKAGES: Final = ("numba", "numpy", "pandas", "pyarrow", "python-copasi", "scipy", "torch")
# The files that the numbers of the page come from, beside those of the data set.
_FILES: Final = (
    "tnf/noise_floor.parquet",
    "tnf/surrogates/*/weights.safetensors",
    "tnf/evaluation/*/*.parquet",
    "tnf/treatment/*.parquet",
    "tnf/validation/*.parquet",
    "crc/model/*.xml",
    "crc/patients/*.parquet",
    "crc/comparison/*.parquet",
    "crc/fronts/*.parquet",
    "crc/regimens/*.parquet",
)
_FILE, _COMMIT, _BYTES, _SHA256 = "file", "commit", "size_bytes", "sha256"
_FILES_SCHEMA: Final = pa.schema(
    [
        field(_FILE, pa.string(), "", "path below the folder of results"),
        field(_BYTES, pa.int64(), "bytes", "size of the file"),
        field(_COMMIT, pa.string(), "", "commit of theraflow that wrote it, where it says so"),
        field(_SHA256, pa.string(), "", "SHA-256 of its content"),
    ]
)


def provenance(results: Results) -> Section:
    """Tell what made the results, so that others can make them again."""
    files = pd.DataFrame(
        [
            _described(file, results.folder)
            for pattern in (*results.trajectory_tables(), *_FILES)
            for file in results.files(pattern)
        ]
    )
    blocks: list[Block] = [Facts((*_page_facts(), *_result_facts(results, files)))]
    if results.study is None:
        blocks.append(Missing("Not known: the merged config of this campaign."))
    else:
        blocks += _config(results.study)
    if not files.empty:
        blocks.append(
            data_table(
                "provenance-files",
                "Files behind the numbers",
                "A file with the same hash has the same content.",
                files,
                _FILES_SCHEMA,
                {_FILE: "file", _BYTES: "size", _COMMIT: "commit", _SHA256: "SHA-256"},
            )
        )
    return Section("provenance", "Provenance", tuple(blocks))


def _page_facts() -> list[tuple[str, str]]:
    made_by = versions(_PACKAGES)
    return [
        ("Page written", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("Commit of the page", f"`{git_commit()}`"),
        ("Versions", ", ".join(f"{name} {number}" for name, number in made_by.items())),
    ]


def _result_facts(results: Results, files: pd.DataFrame) -> list[tuple[str, str]]:
    facts = [("Folder", f"`{results.folder}`")]
    if not files.empty:
        commits = [commit for commit in files[_COMMIT].dropna().unique() if commit]
        facts.append(("Commits of the results", listed(f"`{each}`" for each in commits) or "–"))
    if results.study is not None:
        tnf, crc = results.study.tnf, results.study.crc
        facts.append(
            (
                "Seeds",
                f"simulations {tnf.base_seed}; surrogates {tnf.surrogates.base_seed}; treatment "
                f"searches {listed(tnf.treatment.seeds)}; patients {crc.patients.seed}; therapy "
                f"searches {listed(crc.search.seeds)}",
            )
        )
    return facts


def _config(study: StudyConfig) -> list[Block]:
    changed = study.model_dump(mode="json", exclude_defaults=True)
    return [
        Text(
            "To run the same study again, save the first listing as `my.yaml` and run "
            "`snakemake --configfile my.yaml`."
        ),
        Listing("Config: what differs from the defaults", _yaml(changed)),
        Listing("Config: all of it", _yaml(study.model_dump(mode="json"))),
    ]


def _yaml(content: Any) -> str:
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return text


def _described(file: Path, folder: Path) -> dict[str, Any]:
    return {
        _FILE: str(file.relative_to(folder)),
        _BYTES: file.stat().st_size,
        _COMMIT: _commit_of(file),
        _SHA256: file_sha256(file),
    }


def _commit_of(file: Path) -> str | None:
    if file.suffix != ".parquet":
        return None
    try:
        commit = read_provenance(file).get("git_commit")
    except (pa.ArrowException, OSError, ValueError):
        return None
    return None if commit is None else str(commit)
