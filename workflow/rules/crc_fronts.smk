"""Fronts of inefficacy against drugs, and one regimen for many against personal therapies."""

from theraflow.crc.comparison.fronts.tables import FRONT_TABLES
from theraflow.crc.comparison.regimens.tables import REGIMEN_TABLES

FRONT_FILES = expand(
    "results/crc/fronts/{table}.{format}", table=FRONT_TABLES, format=("parquet", "csv")
)
REGIMEN_FILES = expand(
    "results/crc/regimens/{table}.{format}", table=REGIMEN_TABLES, format=("parquet", "csv")
)


rule crc_fronts:
    input:
        FRONT_FILES,
        expand(
            "results/crc/fronts/{table}/patient_{patient}.parquet",
            table=("courses", "doses"),
            patient=SEARCHED_PATIENTS,
        ),
        REGIMEN_FILES if CRC.search.regimen.statistics else [],


rule merge_fronts:
    input:
        fronts=fronts_of_searches,
        subject="results/crc/problems/patient_{patient}.json",
    output:
        "results/crc/fronts/patient_{patient}.parquet",
    log:
        "logs/merge_fronts/patient_{patient}.log",
    benchmark:
        "results/benchmarks/merge_fronts/patient_{patient}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        settings=settings(CRC.therapy)
        + settings(CRC.model)
        + settings(CRC.search, include={"verification_solver"}),
        code=source_fingerprint("theraflow.crc.comparison.fronts.merged"),
    script:
        "../scripts/merge_fronts.py"


rule simulate_front_courses:
    input:
        front="results/crc/fronts/patient_{patient}.parquet",
        subject="results/crc/problems/patient_{patient}.json",
    output:
        courses="results/crc/fronts/courses/patient_{patient}.parquet",
        doses="results/crc/fronts/doses/patient_{patient}.parquet",
    log:
        "logs/simulate_front_courses/patient_{patient}.log",
    benchmark:
        "results/benchmarks/simulate_front_courses/patient_{patient}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        settings=settings(CRC.therapy)
        + settings(CRC.model)
        + settings(CRC.search, include={"verification_solver"}),
        code=source_fingerprint("theraflow.crc.comparison.fronts.courses"),
    script:
        "../scripts/simulate_front_courses.py"


rule summarise_fronts:
    input:
        fronts=expand("results/crc/fronts/patient_{patient}.parquet", patient=SEARCHED_PATIENTS),
    output:
        [shown_table(file) for file in FRONT_FILES],
    log:
        "logs/summarise_fronts.log",
    benchmark:
        "results/benchmarks/summarise_fronts/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint(
            "theraflow.crc.comparison.fronts.summary",
            "theraflow.crc.comparison.fronts.attainment",
        ),
    script:
        "../scripts/summarise_fronts.py"


rule compare_regimens:
    input:
        improvements=regimen_search_files(),
        populations=expand(
            "results/crc/problems/population_{statistic}.json",
            statistic=CRC.search.regimen.statistics,
        ),
        fronts="results/crc/fronts/fronts.parquet",
    output:
        [shown_table(file) for file in REGIMEN_FILES],
    log:
        "logs/compare_regimens.log",
    benchmark:
        "results/benchmarks/compare_regimens/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        settings=settings(CRC.therapy)
        + settings(CRC.model)
        + settings(CRC.comparison)
        + settings(CRC.search, include={"verification_solver"}),
        code=source_fingerprint("theraflow.crc.comparison.regimens.regimens"),
    script:
        "../scripts/compare_regimens.py"
