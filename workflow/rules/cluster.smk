"""A check of the cluster before the first job is submitted to it."""

from theraflow.work.cluster.slurm import JobRequest, check_arrays, check_cluster, check_threads


def check_submission():
    """Raise ``UserError`` when jobs of this run could not be submitted."""
    jobs = [job for job in workflow.dag.needrun_jobs() if not job.is_local]
    for job in jobs:
        wanted = job.rule.resources["_cores"].evaluate(job.wildcards).value
        check_threads(job.rule.name, wanted, job.threads)
    check_arrays({job.rule.name for job in jobs}, workflow.executor_settings.array_jobs)
    # Of a job without a partition, a file of partitions decides where it goes.
    file = workflow.executor_settings.partition_config or os.getenv("SNAKEMAKE_SLURM_PARTITIONS")
    check_cluster(
        JobRequest.from_resources(job.rule.name, job.resources, job.threads)
        for job in jobs
        if job.resources.get("slurm_partition") or not file
    )
