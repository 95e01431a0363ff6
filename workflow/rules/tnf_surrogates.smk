"""One surrogate per tumour radius, and one for every radius."""

# The settings that decide a surrogate; where and how fast it trains does not count.
TRAINING_SETTINGS = {"architecture", "base_seed", "split", TNF.surrogates.architecture}
GENERAL_TRAINING_SETTINGS = {"base_seed", "split", "general"}


rule tnf_surrogates:
    input:
        per_radius("surrogates/radius_{radius}um/card.json"),
        per_radius("surrogates/radius_{radius}um/model.onnx"),
        of_general_surrogate(
            "results/tnf/surrogates/general/card.json",
            "results/tnf/surrogates/general/model.onnx",
        ),


# A profile that has a GPU to offer gives it with `set-resources: train_surrogate`.
rule train_surrogate:
    input:
        tables=lambda wildcards: tables_of_radius(wildcards.radius),
    output:
        weights="results/tnf/surrogates/radius_{radius}um/weights.safetensors",
        card="results/tnf/surrogates/radius_{radius}um/card.json",
        split="results/tnf/surrogates/radius_{radius}um/split.parquet",
        history="results/tnf/surrogates/radius_{radius}um/history.parquet",
    log:
        "logs/train_surrogate/radius_{radius}um.log",
    benchmark:
        "results/benchmarks/train_surrogate/radius_{radius}um.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: TNF.surrogates.threads
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: attempt * training_runtime_min(),
    params:
        settings=settings(TNF.surrogates, include=TRAINING_SETTINGS),
        dimension=TNF.engine.dimension,
        code=training_fingerprint(),
    script:
        "../scripts/train_surrogate.py"


# A GPU is given in the same way, with `set-resources: train_general_surrogate`.
rule train_general_surrogate:
    input:
        tables=dataset_tables(),
    output:
        weights="results/tnf/surrogates/general/weights.safetensors",
        card="results/tnf/surrogates/general/card.json",
        split="results/tnf/surrogates/general/split.parquet",
        history="results/tnf/surrogates/general/history.parquet",
    log:
        "logs/train_general_surrogate.log",
    benchmark:
        "results/benchmarks/train_general_surrogate/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: TNF.surrogates.threads
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: attempt * general_training_runtime_min(),
    params:
        settings=settings(TNF.surrogates, include=GENERAL_TRAINING_SETTINGS),
        dimension=TNF.engine.dimension,
        code=general_training_fingerprint(),
    script:
        "../scripts/train_general_surrogate.py"


rule export_surrogate:
    input:
        weights="results/tnf/surrogates/{surrogate}/weights.safetensors",
        card="results/tnf/surrogates/{surrogate}/card.json",
    output:
        onnx="results/tnf/surrogates/{surrogate}/model.onnx",
    log:
        "logs/export_surrogate/{surrogate}.log",
    benchmark:
        "results/benchmarks/export_surrogate/{surrogate}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.surrogate.export"),
    script:
        "../scripts/export_surrogate.py"
