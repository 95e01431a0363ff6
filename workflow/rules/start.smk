"""What is looked at, and noted, before the first job of a run."""

from pathlib import Path

from theraflow.core.files import refuse_link_out
from theraflow.report.page.noted_config import note_config
from theraflow.work.cluster.folder_lock import describe_holder, record_holder
from theraflow.work.cluster.shell_safety import check_submittable

SIMULATING = {
    "simulate_batch",
    "retry_simulations",
    "simulate_validation_batch",
    "simulate_round",
    "retry_round",
}

# Jobs on a cluster read the workflow too, while the run that they belong to holds the lock.
if workflow.is_main_process and (holder := describe_holder(Path.cwd())):
    print(f"theraflow: {holder}", file=sys.stderr)


def start_campaign():
    """Note who holds the lock, and the config.

    Raises ``UserError`` for what could run as a command or harm others.
    """
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
    note_config(config, Path("results"))


def start_simulations():
    """Write down what each batch holds, and forget the failures of batches that are in no plan."""
    if SIMULATING.isdisjoint(job.rule.name for job in workflow.dag.needrun_jobs()):
        return
    from theraflow.tnf.agreement.plan import plan_validation_batches, validation_engines
    from theraflow.tnf.campaign.batch_simulation import simulation_budget
    from theraflow.tnf.campaign.plan_files import plan_file, validation_plan_file, write_plan

    planned = [*dataset_batches(), *plan_noise_floor_batches(TNF)]
    fingerprint = engine_fingerprint(TNF.engine)
    for tumours in dict.fromkeys(batch.tumours for batch in planned):
        together = [batch for batch in planned if batch.tumours == tumours]
        write_plan(together, TNF.base_seed, fingerprint, plan_file(tumours))
    for engine in validation_engines(TNF) if TNF.validation.is_wanted else []:
        compared, fingerprint = plan_validation_batches(TNF, engine), engine_fingerprint(engine)
        write_plan(compared, TNF.base_seed, fingerprint, validation_plan_file(fingerprint))
        planned += compared
    names = {batch.batch_id for batch in planned} | {round_batch_id(*one) for one in ROUNDS}
    simulation_budget(TNF.batches).forget_others(names)


def start_growths():
    """Forget the failures of batches of candidates that are in no plan."""
    if "grow_patients" in {job.rule.name for job in workflow.dag.needrun_jobs()}:
        from theraflow.crc.patients.growth_batch import growth_budget

        growth_budget(CRC.patients).forget_others({batch.batch_id for batch in CANDIDATE_BATCHES})
