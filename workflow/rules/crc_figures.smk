"""Figures of the CRC study: one rule, fed by the catalogue."""

from theraflow.report.catalogue.crc import CRC_FIGURES


rule plot_crc_figure:
    input:
        unpack(lambda wildcards: CRC_FIGURES[wildcards.figure].files()),
    output:
        shown_figure("crc"),
    log:
        "logs/plot_crc_figure/{figure}.log",
    benchmark:
        "results/benchmarks/plot_crc_figure/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(CRC_FIGURES),
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=lambda wildcards: settings(
            CRC.figures, include=CRC_FIGURES[wildcards.figure].settings
        ),
        code=lambda wildcards: source_fingerprint(*CRC_FIGURES[wildcards.figure].code),
    script:
        "../scripts/plot_crc_figure.py"
