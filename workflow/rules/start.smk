"""What is looked at before the first job of a run."""

from pathlib import Path

from theraflow.core.files import refuse_link_out
from theraflow.work.cluster.folder_lock import describe_holder, record_holder
from theraflow.work.cluster.shell_safety import check_submittable

# Jobs on a cluster read the workflow too, while the run that they belong to holds the lock.
if workflow.is_main_process and (holder := describe_holder(Path.cwd())):
    print(f"theraflow: {holder}", file=sys.stderr)


def start_campaign():
    """Note who holds the lock; raise ``UserError`` for what could run as a command or harm others."""
    record_holder(Path.cwd())
    if not workflow.local_exec:
        folders = Path.cwd(), Path(workflow.workdir_init), Path(sys.executable)
        check_submittable(
            [*folders, Path(workflow.main_snakefile), *workflow.overwrite_configfiles],
            workflow.config_settings.config_args,
        )
    jobs = list(workflow.dag.needrun_jobs())
    files = [file for job in jobs for file in (*job.input, *job.output, *job.log)]
    for folder in {os.path.dirname(file) for file in files}:
        refuse_link_out(Path(folder))
    for job in jobs:
        if job.benchmark and os.path.islink(job.benchmark):
            refuse_link_out(Path(job.benchmark))
