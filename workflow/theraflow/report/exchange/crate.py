"""A campaign as a Workflow Run RO-Crate: workflow, config, results, and how they belong together.

RO-Crate 1.1 with the profiles Workflow RO-Crate 1.0 and Workflow Run Crate 0.5
(https://www.researchobject.org/workflow-run-crate/profiles/workflow_run_crate/).
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml
from rocrate.rocrate import ROCrate

from theraflow.config.study import StudyConfig
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY, atomic_path
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.exchange.citation import Citation, read_citation
from theraflow.report.exchange.datapackage import datapackage
from theraflow.report.exchange.media_types import media_type
from theraflow.report.exchange.result_files import result_tables

_PROFILES: Final = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
# What the workflow consists of, besides the Snakefile.
_PARTS: Final = {
    "workflow": "Rules, scripts and the package theraflow of the workflow",
    "config": "Configs that the workflow is shipped with, and the meaning of every key",
    "profiles": "Settings of Snakemake for one machine and for clusters",
    "envs": "Packages that jobs need, for conda",
    "resources": "Models of the tumours",
}
_FILES: Final = {
    "Makefile": "Commands to install and run it",
    "pyproject.toml": "Packages that it needs",
    "requirements.lock": "Versions of all packages that it was tested with",
    "LICENSE": "Licence of the workflow",
    "CITATION.cff": "How to cite it",
}
_BIOSCHEMAS: Final = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_README: Final = """\
# A campaign of theraflow {version}

{title}.

- `results/`: tables, figures and surrogates; `results/datapackage.json` tells every column
- `therapies/`: the best therapy of every patient as a COMBINE archive, if any were searched
- `campaign.yaml`: the config of the campaign
- `Snakefile`, `workflow/`, `resources/`, `requirements.lock`: the workflow

To run it again:

    make install
    source .venv/bin/activate
    snakemake --configfile campaign.yaml --directory again
"""
_CACHES: Final = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.nbc", "*.nbi")
_OTHER_RESULTS: Final = {
    "report/index.html": "The report of the campaign: open it in a browser",
    "tnf/surrogates/*/card.json": "What a surrogate is for, and how it was trained",
    "tnf/surrogates/*/weights.safetensors": "Weights of a surrogate",
    "tnf/surrogates/*/model.onnx": "A surrogate for other programs (ONNX)",
    "tnf/surrogates/general/ensemble/*": "The ensemble that tells how sure a surrogate is",
    "tnf/validation/verdict.md": "Whether two engines agree, in words",
    "crc/model/crc_qsp.xml": "The model of colorectal cancer (SBML)",
}


@dataclass(frozen=True)
class Publication:
    """What only those who publish a campaign know: who ran it, and the licence of its results.

    ``author`` is a name, ``licence`` an identifier or URL.
    """

    author: str | None
    licence: str


def write_crate(
    results: Path, study: StudyConfig, therapies: Path | None, told: Publication, target: Path
) -> None:
    """Write a crate as a folder, or as a ZIP file if its name ends so.

    ``therapies`` is a folder with a COMBINE archive per patient, if there is one. Raises
    ``UserError`` where ``target`` is a folder already, and for a folder without results.
    """
    if target.is_dir():
        raise UserError(f"{target}: is a folder already; name a new one")
    with TemporaryDirectory(prefix="theraflow-") as staged:
        crate = _crate(results, study, therapies, told, Path(staged))
        if target.suffix == ".zip":
            with atomic_path(target) as temporary:
                crate.write_zip(temporary)
        else:
            crate.write(target)


def _crate(
    results: Path, study: StudyConfig, therapies: Path | None, told: Publication, staged: Path
) -> ROCrate:
    citation = read_citation(REPOSITORY / "CITATION.cff")
    crate = ROCrate(version="1.1")
    crate.name = f"A campaign of theraflow {citation.version}"
    crate.description = f"Results of a run of the workflow: {citation.title}."
    crate.license = _entity(crate, told.licence, "CreativeWork", name=told.licence)
    workflow = _add_workflow(crate, citation, staged)
    crate.root_dataset["conformsTo"] = [
        _entity(crate, url, "CreativeWork", name=name, version=number)
        for url, (name, number) in _PROFILES.items()
    ]
    readme = crate.add_file(
        StringIO(_README.format(title=citation.title, version=citation.version)),
        "README.md",
        properties=_told("README.md", "What the crate holds, and how to run it again"),
    )
    readme["about"] = crate.root_dataset
    text = yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    config = crate.add_file(
        StringIO(text), "campaign.yaml", properties=_told("campaign.yaml", "Config of the campaign")
    )
    parameter = _parameter(crate, "config", "config of a campaign")
    workflow["input"] = parameter
    config["exampleOfWork"] = parameter
    made = [_add_result(crate, workflow, *each) for each in _results(results)]
    made += [
        crate.add_file(file, f"therapies/{name}", properties=_told(name, meaning))
        for file, name, meaning in _archives(therapies)
    ]
    package = StringIO(datapackage(results))
    crate.add_file(
        package,
        "results/datapackage.json",
        properties=_told("datapackage.json", "Type, unit and meaning of every column"),
    )
    run = crate.add_action(
        workflow,
        identifier="#run",
        object=config,
        result=made,
        properties={
            "name": f"Run of theraflow {citation.version}",
            "description": (
                "One campaign. Every table tells the versions and the commit that made it."
            ),
            "endTime": _last_written(results),
        },
    )
    if told.author:
        author = _entity(crate, _own_id("author", told.author), "Person", name=told.author)
        crate.root_dataset["author"] = run["agent"] = author
    crate.root_dataset["mentions"] = run
    return crate


def _add_workflow(crate: ROCrate, citation: Citation, staged: Path) -> Any:
    authors = [
        _entity(crate, _own_id("creator", author), "Organization", name=author)
        for author in citation.authors
    ]
    workflow = crate.add_workflow(
        REPOSITORY / "Snakefile",
        "Snakefile",
        main=True,
        lang="snakemake",
        lang_version=version("snakemake"),
        properties={
            "name": citation.title,
            "version": citation.version,
            "encodingFormat": media_type("Snakefile"),
        },
    )
    workflow["license"] = _entity(
        crate,
        f"https://spdx.org/licenses/{citation.licence}",
        "CreativeWork",
        name=citation.licence,
    )
    workflow["creator"] = authors if len(authors) > 1 else authors[0]
    workflow["conformsTo"] = _entity(
        crate, _BIOSCHEMAS, "CreativeWork", name="ComputationalWorkflow"
    )
    workflow["keywords"] = ", ".join(citation.keywords)
    for folder, meaning in _PARTS.items():
        shutil.copytree(REPOSITORY / folder, staged / folder, ignore=_CACHES)
        crate.add_dataset(
            staged / folder, folder, properties={"name": folder, "description": meaning}
        )
    for name, meaning in _FILES.items():
        crate.add_file(REPOSITORY / name, name, properties=_told(name, meaning))
    return workflow


def _results(results: Path) -> Iterator[tuple[str, Path, str, str]]:
    """List what comes out: name of the output, file, path in the crate, meaning."""
    for table in result_tables(results):
        for file in table.files:
            where = f"results/{file.relative_to(results).as_posix()}"
            yield table.path, file, where, f"A row is {table.meaning}."
    for study, figures in (("tnf", TNF_FIGURES), ("crc", CRC_FIGURES)):
        for figure in figures.values():
            for file in sorted((results / study / "figures").glob(f"{figure.id}.*")):
                where = f"results/{study}/figures/{file.name}"
                yield f"{study}/figures/{figure.id}", file, where, figure.caption
    for pattern, meaning in _OTHER_RESULTS.items():
        for file in sorted(results.glob(pattern)):
            yield pattern, file, f"results/{file.relative_to(results).as_posix()}", meaning


def _archives(therapies: Path | None) -> Iterator[tuple[Path, str, str]]:
    for file in sorted(therapies.glob("*/therapy.omex")) if therapies else ():
        patient = file.parent.name
        yield (
            file,
            f"{patient}.omex",
            f"COMBINE archive of {patient} under the best therapy found: SBML and SED-ML",
        )


def _add_result(
    crate: ROCrate, workflow: Any, output: str, file: Path, where: str, meaning: str
) -> Any:
    parameter = crate.get(_own_id("output", output))
    if parameter is None:
        parameter = _parameter(crate, output, meaning)
        workflow.append_to("output", parameter)
    entity = crate.add_file(file, where, record_size=True, properties=_told(where, meaning))
    entity["exampleOfWork"] = parameter
    return entity


def _parameter(crate: ROCrate, name: str, meaning: str) -> Any:
    kind = "input" if name == "config" else "output"
    return crate.add_formal_parameter(
        name, "File", identifier=_own_id(kind, name), description=meaning
    )


def _told(name: str, meaning: str) -> dict[str, str]:
    told = {"name": name, "description": meaning}
    return told | {"encodingFormat": media_type(name)}


def _own_id(kind: str, name: str) -> str:
    """Make a name the identifier of something that has none on the web."""
    return f"#{kind}/{re.sub(r'[^A-Za-z0-9._/-]+', '-', re.sub('[{}]', '', name))}"


def _last_written(results: Path) -> str:
    newest_s = max(file.stat().st_mtime for file in results.rglob("*.*") if file.is_file())
    return datetime.fromtimestamp(newest_s, UTC).isoformat(timespec="seconds")


def _entity(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> Any:
    known = crate.get(identifier)
    return known or crate.add_jsonld({"@id": identifier, "@type": kind, **properties})
