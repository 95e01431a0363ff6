"""Who is treated, one problem each, and the searches for the best therapy."""


rule crc_therapies:
    input:
        search_files("json"),


# The same problem is the same file, so that no search runs anew for one that was written again.
rule write_problem:
    input:
        selected="results/crc/patients/selected.parquet",
    output:
        **(
            {"problem": "results/crc/problems/patient_{patient}.cps"}
            if copasi_knows(CRC.therapy)
            else {}
        ),
        subject="results/crc/problems/patient_{patient}.json",
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
        settings=settings(CRC.therapy)
        + settings(CRC.search, include={"search_solver", "verification_solver"}),
        code=source_fingerprint(
            "theraflow.crc.therapy.problem", "theraflow.crc.therapy.treated_patient"
        ),
    script:
        "../scripts/write_problem.py"


rule write_population:
    input:
        subjects=expand(
            "results/crc/problems/patient_{patient}.json", patient=patients_of_regimen()
        ),
    output:
        subject="results/crc/problems/population_{statistic}.json",
    log:
        "logs/write_population/{statistic}.log",
    benchmark:
        "results/benchmarks/write_population/{statistic}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.crc.therapy.subject"),
    script:
        "../scripts/write_population.py"


rule search_therapy:
    input:
        unpack(problem_files),
    output:
        improvements="results/crc/searches/{subject}/{algorithm}-{seed}.parquet",
        front="results/crc/searches/{subject}/{algorithm}-{seed}.front.parquet",
        result="results/crc/searches/{subject}/{algorithm}-{seed}.json",
        ledger=update("results/crc/searches/{subject}/{algorithm}-{seed}.ledger.parquet"),
    log:
        "logs/search_therapy/{subject}/{algorithm}-{seed}.log",
    benchmark:
        "results/benchmarks/search_therapy/{subject}/{algorithm}-{seed}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * search_runtime_min(wildcards),
    params:
        settings=search_settings,
        code=search_code,
    script:
        "../scripts/search_therapy.py"
