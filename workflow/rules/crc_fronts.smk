"""Fronts of inefficacy against drugs, and one regimen for many against personal therapies."""

from theraflow.crc.comparison.fronts.tables import FRONT_TABLES
from theraflow.crc.comparison.regimens.tables import REGIMEN_TABLES
from theraflow.crc.search.plan import patient_subject

FRONT_FILES = expand(
    "results/crc/fronts/{table}.{format}", table=FRONT_TABLES, format=("parquet", "csv")
)
REGIMEN_FILES = expand(
    "results/crc/regimens/{table}.{format}", table=REGIMEN_TABLES, format=("parquet", "csv")
)
# Algorithms may be limited to the first patients.
SEARCHED_PATIENTS = [
    patient
    for patient in PATIENTS
    if patient_subject(patient) in {search.subject for search in SEARCHES}
]


def fronts_of_searches(wildcards):
    """Name the front that each search of a patient has passed."""
    return [
        f"results/crc/searches/{search.subject}/{search.algorithm}-{search.seed}.front.parquet"
        for search in SEARCHES
        if search.subject == patient_subject(int(wildcards.patient))
    ]


rule crc_fronts:
    input:
        FRONT_FILES,
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


rule summarise_fronts:
    input:
        fronts=expand("results/crc/fronts/patient_{patient}.parquet", patient=SEARCHED_PATIENTS),
    output:
        FRONT_FILES,
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
        code=source_fingerprint("theraflow.crc.comparison.fronts.summary"),
    script:
        "../scripts/summarise_fronts.py"


rule compare_regimens:
    input:
        improvements=[file for file in search_files("parquet") if "/population_" in file],
        populations=expand(
            "results/crc/problems/population_{statistic}.json",
            statistic=CRC.search.regimen.statistics,
        ),
        fronts="results/crc/fronts/fronts.parquet",
    output:
        REGIMEN_FILES,
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
