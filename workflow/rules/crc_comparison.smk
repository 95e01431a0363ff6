"""Algorithms compared over patients: tables."""

from theraflow.crc.comparison.tables import COMPARISON_TABLES
from theraflow.report.catalogue.crc import CRC_FIGURES

COMPARISON_FILES = expand(
    "results/crc/comparison/{table}.{format}",
    table=COMPARISON_TABLES,
    format=("parquet", "csv"),
)
# Without a search for a regimen there is none to draw.
WANTED_FIGURES = [
    figure
    for name, figure in CRC_FIGURES.items()
    if name != "regimens" or CRC.search.regimen.statistics
]


rule crc_comparison:
    input:
        COMPARISON_FILES,
        figure_files("crc", WANTED_FIGURES),


rule compare_searches:
    input:
        improvements=search_files("parquet"),
        results=search_files("json"),
        subjects=expand("results/crc/problems/patient_{patient}.json", patient=PATIENTS),
    output:
        [shown_table(file) for file in COMPARISON_FILES],
        iohprofiler="results/crc/comparison/iohprofiler.csv",
    log:
        "logs/compare_searches.log",
    benchmark:
        "results/benchmarks/compare_searches/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 60,
    params:
        settings=settings(CRC.comparison)
        + settings(CRC.therapy)
        + settings(CRC.model)
        + settings(
            CRC.search,
            include={"algorithms", "budget_seconds", "budget_evaluations", "verification_solver"},
        ),
        code=source_fingerprint(
            "theraflow.crc.comparison.comparison",
            "theraflow.crc.comparison.searches",
            "theraflow.search.comparison.iohprofiler",
        ),
    script:
        "../scripts/compare_searches.py"
