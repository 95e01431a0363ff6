"""Algorithms compared over patients: tables and figures."""

from theraflow.crc.comparison.report_names import FIGURES, TABLES


rule crc_comparison:
    input:
        expand("results/crc/comparison/{table}.{format}", table=TABLES, format=("parquet", "csv")),
        expand("results/crc/figures/{figure}.{format}", figure=FIGURES, format=CRC.figures.formats),


rule compare_searches:
    input:
        improvements=search_files("parquet"),
        results=search_files("json"),
        problems=expand("results/crc/problems/patient_{patient}.cps", patient=PATIENTS),
    output:
        expand("results/crc/comparison/{table}.{format}", table=TABLES, format=("parquet", "csv")),
    log:
        "logs/compare_searches.log",
    benchmark:
        "benchmarks/compare_searches/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        settings=settings(CRC.comparison) + settings(CRC.therapy, include={"horizon_days"}),
        code=source_fingerprint("theraflow.crc.comparison.report_tables"),
    script:
        "../scripts/compare_searches.py"


rule plot_comparison:
    input:
        tables=expand("results/crc/comparison/{table}.parquet", table=TABLES),
    output:
        expand("results/crc/figures/{{figure}}.{format}", format=CRC.figures.formats),
    log:
        "logs/plot_comparison/{figure}.log",
    benchmark:
        "benchmarks/plot_comparison/{figure}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(CRC.figures),
        code=source_fingerprint("theraflow.report.figures.crc"),
    script:
        "../scripts/plot_comparison.py"
