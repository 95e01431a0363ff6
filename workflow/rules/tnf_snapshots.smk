"""One tumour of each radius under treatment, looked at from time to time."""

from theraflow.report.catalogue.tnf import TUMOUR_FIGURES


# PhysiBoSS draws its tumours itself.
rule tnf_snapshots:
    input:
        figure_files("tnf", TUMOUR_FIGURES if TNF.engine.name == "embedded" else []),


rule snapshot_tumour:
    output:
        cells="results/tnf/snapshots/radius_{radius}um.cells.parquet",
        field="results/tnf/snapshots/radius_{radius}um.field.parquet",
    log:
        "logs/snapshot_tumour/radius_{radius}um.log",
    benchmark:
        "results/benchmarks/snapshot_tumour/radius_{radius}um.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt
        * batch_memory_mb(f"radius_{wildcards.radius}um", 1),
        runtime=lambda wildcards, attempt: attempt
        * runtime_min(expected_cpu_s(int(wildcards.radius), TNF.engine, TNF.horizon_min)),
    params:
        settings=lambda wildcards: settings(TNF.snapshots)
        + canonical_json(
            {
                "engine": engine_fingerprint(TNF.engine),
                "base_seed": TNF.base_seed,
                "horizon_min": TNF.horizon_min,
            }
        ),
        code=source_fingerprint("theraflow.tnf.snapshots.plan", "theraflow.tnf.snapshots.recording"),
    script:
        "../scripts/snapshot_tumour.py"
