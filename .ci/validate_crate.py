"""Check a Workflow Run RO-Crate without a network: `validate_crate.py FOLDER_OR_ZIP`.

Runs in the environment of `crate-validator.lock`, as the validator asks for other versions of
packages than theraflow does. The context of RO-Crate 1.1 is not fetched: the terms that theraflow
writes are listed here, with what that context says they mean.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from rocrate_validator import services
from rocrate_validator.models import Severity
from rocrate_validator.utils import document_loader
from rocrate_validator.utils.http import OFFLINE_CACHE_MISS_STATUS, HttpRequester

CONTEXT_URL = "https://w3id.org/ro/crate/1.1/context"
BIOSCHEMAS = "https://bioschemas.org/ComputationalWorkflow"
OF_SCHEMA_ORG = [
    "about",
    "additionalType",
    "agent",
    "author",
    "contentSize",
    "creator",
    "datePublished",
    "description",
    "encodingFormat",
    "endTime",
    "exampleOfWork",
    "hasPart",
    "identifier",
    "instrument",
    "keywords",
    "license",
    "mainEntity",
    "mentions",
    "name",
    "object",
    "programmingLanguage",
    "result",
    "url",
    "valueRequired",
    "version",
    "ComputerLanguage",
    "CreateAction",
    "CreativeWork",
    "Dataset",
    "Organization",
    "Person",
    "SoftwareSourceCode",
]
CONTEXT = {
    **{term: f"http://schema.org/{term}" for term in OF_SCHEMA_ORG},
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
    "File": "http://schema.org/MediaObject",
    "ComputationalWorkflow": BIOSCHEMAS,
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": f"{BIOSCHEMAS}#input",
    "output": f"{BIOSCHEMAS}#output",
}


def answer(_requester: HttpRequester, url: str, **_options: object) -> SimpleNamespace:
    """Answer what the validator asks of the network: the context, and nothing else."""
    known = url == CONTEXT_URL
    status = 200 if known else OFFLINE_CACHE_MISS_STATUS
    content = {"@context": CONTEXT} if known else None
    return SimpleNamespace(
        ok=known,
        status_code=status,
        headers={"Content-Type": "application/ld+json"},
        json=lambda: content,
        text=json.dumps(content),
    )


def main(crate: Path) -> None:
    """Print every issue, also of recommendations; fail for a required one."""
    HttpRequester.get = answer
    document_loader.install_document_loader()
    result = services.validate(
        services.ValidationSettings(
            rocrate_uri=crate,
            profile_identifier="workflow-run-crate-0.5",
            requirement_severity=Severity.RECOMMENDED,
        )
    )
    issues = result.get_issues()
    for issue in issues:
        print(f"{issue.severity.name}: {issue.message} [{issue.check.identifier}]")
    sys.exit(any(issue.severity >= Severity.REQUIRED for issue in issues))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
