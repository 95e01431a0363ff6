"""One surrogate per tumour radius."""

# The settings that decide a surrogate; where and how fast it trains does not count.
TRAINING_SETTINGS = {"architecture", "base_seed", "split", TNF.surrogates.architecture}


rule tnf_surrogates:
    input:
        per_radius("surrogates/radius_{radius}um/card.json"),
        per_radius("surrogates/radius_{radius}um/model.onnx"),


# A profile that has a GPU to offer gives it with `set-resources: train_surrogate`.
rule train_surrogate:
    input:
        trajectories="results/tnf/dataset/radius_{radius}um.parquet",
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
        code=training_fingerprint(),
    script:
        "../scripts/train_surrogate.py"


rule export_surrogate:
    input:
        weights="results/tnf/surrogates/radius_{radius}um/weights.safetensors",
        card="results/tnf/surrogates/radius_{radius}um/card.json",
    output:
        onnx="results/tnf/surrogates/radius_{radius}um/model.onnx",
    log:
        "logs/export_surrogate/radius_{radius}um.log",
    benchmark:
        "results/benchmarks/export_surrogate/radius_{radius}um.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.surrogate.export"),
    script:
        "../scripts/export_surrogate.py"
