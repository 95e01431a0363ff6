from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.current_basedir.get_path_or_uri(secret_free=True)}/config/config.yaml"


include: "workflow/rules/common.smk"


container: STUDY.container


include: "workflow/rules/report_common.smk"
include: "workflow/rules/tnf_active_common.smk"
include: "workflow/rules/start.smk"
include: "workflow/rules/tnf_dataset.smk"
include: "workflow/rules/tnf_surrogates.smk"
include: "workflow/rules/tnf_evaluation.smk"
include: "workflow/rules/tnf_treatment_common.smk"
include: "workflow/rules/tnf_treatment.smk"
include: "workflow/rules/tnf_uncertainty.smk"
include: "workflow/rules/tnf_active.smk"
include: "workflow/rules/tnf_snapshots.smk"
include: "workflow/rules/tnf_figures.smk"
include: "workflow/rules/tnf_validation.smk"
include: "workflow/rules/crc_common.smk"
include: "workflow/rules/crc_patients.smk"
include: "workflow/rules/crc_therapies.smk"
include: "workflow/rules/crc_comparison.smk"
include: "workflow/rules/crc_fronts.smk"
include: "workflow/rules/crc_figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/cluster.smk"
include: "workflow/rules/retry_common.smk"
include: "workflow/rules/retry.smk"


# Runs once, in the main process, and not in a dry run.
onstart:
    try:
        start_campaign()
        start_simulations()
        start_growths()
        check_therapies()
        if workflow.executor_plugin.name == "slurm":
            check_submission()
    except Exception as error:
        told = as_user_error(error)
        if told is None:
            raise
        sys.exit(f"theraflow: error: {told}")


rule all:
    default_target: True
    input:
        rules.write_report.input,
        REPORT,


rule tnf:
    input:
        rules.tnf_dataset.input,
        rules.tnf_surrogates.input,
        rules.tnf_evaluation.input,
        rules.tnf_treatment.input,
        rules.tnf_uncertainty.input,
        rules.tnf_snapshots.input,
        rules.validate_engines.input if TNF.validation.is_wanted else [],


rule crc:
    input:
        rules.crc_patients.input,
        rules.crc_therapies.input,
        rules.crc_comparison.input,
        rules.crc_fronts.input,
