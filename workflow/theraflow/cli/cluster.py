"""``theraflow cluster``: check a profile against the cluster before a campaign starts."""

from pathlib import Path
from typing import Any

import typer
import yaml

from theraflow.core.errors import UserError
from theraflow.core.files import find_file
from theraflow.work.cluster.slurm import JobRequest, check_cluster

app = typer.Typer(help="Check the cluster.", no_args_is_help=True)


@app.command()
def check(
    profile: Path = typer.Argument(
        Path("profiles/slurm"), help="Folder of a Snakemake profile, with its config.yaml."
    ),
) -> None:
    """Check that Slurm has the partitions, GPUs and accounts that a profile names.

    Memory and walltime come from the study: a run checks them before it submits its first job.
    """
    requests = _requests(find_file(profile / "config.yaml", "profile"))
    check_cluster(requests)
    for request in requests:
        typer.echo(f"{request.rule}: {' '.join(request.sbatch_options())}: ok")


def _requests(file: Path) -> list[JobRequest]:
    """Read what a profile asks for: by default, and for single rules."""
    try:
        profile = yaml.safe_load(file.read_text(encoding="utf-8"))
        default: dict[str, Any] = profile.get("default-resources") or {}
        by_rule: dict[str, dict[str, Any]] = profile.get("set-resources") or {}
        return [JobRequest.from_resources("(any)", default)] + [
            JobRequest.from_resources(rule, default | by_rule[rule]) for rule in by_rule
        ]
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{file}: not a profile of Snakemake ({reason}); fix it") from None
