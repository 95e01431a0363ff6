"""The page that people open first, written when all else is there."""

REPORT = "results/report/index.html"


# It words results and decides none: new code of the page, or a new commit, writes it anew only
# where `theraflow report` is asked for it.
rule write_report:
    input:
        rules.tnf_dataset.input,
        rules.tnf_surrogates.input,
        rules.tnf_evaluation.input,
        rules.tnf_treatment.input,
        rules.tnf_uncertainty.input,
        rules.tnf_snapshots.input,
        rules.validate_engines.input if TNF.validation.is_wanted else [],
        rules.crc_patients.input,
        rules.crc_therapies.input,
        rules.crc_comparison.input,
        rules.crc_fronts.input,
    output:
        page=report(
            REPORT,
            caption="../report/page.rst",
            category="The page",
            labels={"page": "what was asked, what came out, how sure it is"},
        ),
    log:
        "logs/write_report.log",
    benchmark:
        "results/benchmarks/write_report/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 10,
    script:
        "../scripts/write_report.py"
