"""What is looked at before the first job, in the process that the user started."""

import os
import sys
from pathlib import Path

from snakemake.settings.types import ExecMode

from theraflow.campaign.files import refuse_link_out
from theraflow.campaign.folder_lock import describe_holder, record_holder
from theraflow.campaign.shell_safety import check_submittable
from theraflow.errors import UserError

# Jobs of a run read the workflow too, while the run that they belong to holds the lock.
if workflow.exec_mode == ExecMode.DEFAULT and (holder := describe_holder(Path.cwd())):
    print(f"theraflow: {holder}", file=sys.stderr)


def start_campaign():
    """Refuse what would harm others or run as a command; note who holds the lock from now on."""
    record_holder(Path.cwd())
    try:
        if not workflow.local_exec:
            check_submittable(
                [Path.cwd(), Path(workflow.main_snakefile), *workflow.overwrite_configfiles],
                workflow.config_settings.config_args,
            )
        jobs = list(workflow.dag.needrun_jobs())
        files = [file for job in jobs for file in (*job.input, *job.output, *job.log)]
        for folder in {os.path.dirname(file) for file in files}:
            refuse_link_out(Path(folder))
        for job in jobs:
            if job.benchmark and os.path.islink(job.benchmark):
                refuse_link_out(Path(job.benchmark))
    except UserError as error:
        sys.exit(f"theraflow: error: {error}")
