"""Figures of the TNF study: one rule, fed by the catalogue."""

from theraflow.report.catalogue.tnf import TNF_FIGURES


rule plot_tnf_figure:
    input:
        unpack(lambda wildcards: TNF_FIGURES[wildcards.figure].files(TNF.tumor_radii_um)),
    output:
        shown_figure("tnf"),
    log:
        "logs/plot_tnf_figure/{figure}.log",
    benchmark:
        "results/benchmarks/plot_tnf_figure/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(TNF_FIGURES),
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=lambda wildcards: settings(
            TNF.figures, include=TNF_FIGURES[wildcards.figure].settings
        ),
        dimension=TNF.engine.dimension,
        code=lambda wildcards: source_fingerprint(*TNF_FIGURES[wildcards.figure].code),
    script:
        "../scripts/plot_tnf_figure.py"
