"""One optimisation problem per patient, and the searches for its best therapy."""


rule crc_therapies:
    input:
        search_files("json"),


# The same problem is the same file, so that no search runs anew for one that was written again.
rule write_problem:
    input:
        selected="results/crc/patients/selected.parquet",
    output:
        problem="results/crc/problems/patient_{patient}.cps",
    log:
        "logs/write_problem/patient_{patient}.log",
    benchmark:
        "results/benchmarks/write_problem/patient_{patient}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(CRC.therapy) + settings(CRC.search, include={"search_solver"}),
        code=source_fingerprint("theraflow.crc.therapy.problem"),
    script:
        "../scripts/write_problem.py"


rule search_therapy:
    input:
        problem="results/crc/problems/patient_{patient}.cps",
    output:
        improvements="results/crc/searches/patient_{patient}/{algorithm}-{seed}.parquet",
        result="results/crc/searches/patient_{patient}/{algorithm}-{seed}.json",
        ledger=update("results/crc/searches/patient_{patient}/{algorithm}-{seed}.ledger.parquet"),
    log:
        "logs/search_therapy/patient_{patient}/{algorithm}-{seed}.log",
    benchmark:
        "results/benchmarks/search_therapy/patient_{patient}/{algorithm}-{seed}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * search_runtime_min(),
    params:
        settings=lambda wildcards: settings(CRC.search.algorithms[wildcards.algorithm])
        + settings(
            CRC.search,
            include={"budget_seconds", "budget_evaluations", "verification_solver"},
        ),
        code=source_fingerprint("theraflow.crc.search.search"),
    script:
        "../scripts/search_therapy.py"
