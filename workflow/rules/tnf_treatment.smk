"""Treatments searched on surrogates or the engine, simulated anew, and compared."""

from theraflow.report.catalogue.tnf import TREATMENT_FIGURES


# Without searches there is nothing to compare.
rule tnf_treatment:
    input:
        treatment_tables(),
        figure_files("tnf", TREATMENT_FIGURES if VERIFIED_TREATMENTS else []),


rule optimise_treatment:
    input:
        unpack(predictor_files),
    output:
        candidates="results/tnf/treatment/{target}/{search}-{seed}.parquet",
    log:
        "logs/optimise_treatment/{target}/{search}-{seed}.log",
    benchmark:
        "results/benchmarks/optimise_treatment/{target}/{search}-{seed}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: treatment_search_threads
    resources:
        mem_mb=lambda wildcards, attempt: attempt * treatment_memory_mb(wildcards.target),
        runtime=lambda wildcards, attempt: attempt * treatment_search_runtime_min(wildcards),
    params:
        settings=treatment_search_settings,
        code=source_fingerprint("theraflow.tnf.treatment.pose", "theraflow.search.methods"),
    script:
        "../scripts/optimise_treatment.py"


rule verify_treatment:
    input:
        candidates=treatment_candidates,
        checks=engine_checks,
    output:
        treatments="results/tnf/treatment/{target}/{evaluator}.verified.parquet",
    log:
        "logs/verify_treatment/{target}/{evaluator}.log",
    benchmark:
        "results/benchmarks/verify_treatment/{target}/{evaluator}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: batch_cores
    resources:
        mem_mb=lambda wildcards, attempt, threads: attempt
        * treatment_memory_mb(wildcards.target, threads),
        runtime=lambda wildcards, attempt, threads: attempt
        * verification_runtime_min(wildcards.target, threads),
    params:
        settings=settings(
            TNF.treatment, include={"region", "objective", "verification", "refinement"}
        )
        + canonical_json(simulator_settings()),
        code=source_fingerprint(
            "theraflow.tnf.treatment.optimisation",
            *refinement_code(),
        ),
    script:
        "../scripts/verify_treatment.py"


rule compare_treatments:
    input:
        treatments=VERIFIED_TREATMENTS,
    output:
        treatments="results/tnf/treatment/treatments.parquet",
        treatments_csv=shown_table("results/tnf/treatment/treatments.csv"),
        optimism="results/tnf/treatment/optimism.parquet",
        optimism_csv=shown_table("results/tnf/treatment/optimism.csv"),
    log:
        "logs/compare_treatments.log",
    benchmark:
        "results/benchmarks/compare_treatments/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.treatment.optimisation"),
    script:
        "../scripts/compare_treatments.py"
