"""Virtual patients: sampled and grown in batches, responders selected."""


rule crc_patients:
    input:
        CRC_MODEL,
        "results/crc/patients/selected.parquet",
        "results/crc/patients/rejected.csv",
        "results/crc/patients/responder_classes.csv",


# For users and other programs: the other rules make the model from the same tables.
rule build_model:
    input:
        model_sources(),
    output:
        sbml=CRC_MODEL,
    log:
        "logs/build_model.log",
    benchmark:
        "results/benchmarks/build_model/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(CRC.model),
        code=source_fingerprint("theraflow.crc.model.study_model"),
    script:
        "../scripts/build_model.py"


# A batch is named by the hash of all that decides its patients; which of the sample it holds is
# handed to the job, so that it cannot plan otherwise.
rule sample_patients:
    output:
        candidates="results/crc/patients/batches/{batch}.candidates.parquet",
    log:
        "logs/sample_patients/{batch}.log",
    benchmark:
        "results/benchmarks/sample_patients/{batch}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        members=lambda wildcards: members_of_batch(wildcards.batch),
    script:
        "../scripts/sample_patients.py"


rule grow_patients:
    input:
        candidates="results/crc/patients/batches/{batch}.candidates.parquet",
    output:
        patients=update("results/crc/patients/batches/{batch}.parquet"),
        ledger=update("results/crc/patients/batches/{batch}.ledger.parquet"),
    log:
        "logs/grow_patients/{batch}.log",
    benchmark:
        "results/benchmarks/grow_patients/{batch}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * batch_growth_runtime_min(),
    script:
        "../scripts/grow_patients.py"


rule select_patients:
    input:
        batches=[
            f"results/crc/patients/batches/{batch.batch_id}.parquet" for batch in CANDIDATE_BATCHES
        ],
    output:
        confirmations=update("results/crc/patients/confirmations.parquet"),
        ledger=update("results/crc/patients/confirmations.ledger.parquet"),
        patients="results/crc/patients/patients.parquet",
        selected="results/crc/patients/selected.parquet",
        rejected=shown_table("results/crc/patients/rejected.csv"),
        outcomes=shown_table("results/crc/patients/outcomes.csv"),
    log:
        "logs/select_patients.log",
    benchmark:
        "results/benchmarks/select_patients/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2500,
        runtime=lambda wildcards, attempt: attempt
        * runtime_min(CRC.patients.responders * CPU_S_PER_CANDIDATE[COPASI]),
    params:
        settings=settings(CRC.patients, include={"responder", "responders", "grower"}),
        growth=CONFIRMED_GROWTH,
        code=source_fingerprint("theraflow.crc.patients.selection"),
    script:
        "../scripts/select_patients.py"


rule classify_responders:
    input:
        patients="results/crc/patients/patients.parquet",
    output:
        classes=shown_table("results/crc/patients/responder_classes.csv"),
    log:
        "logs/classify_responders.log",
    benchmark:
        "results/benchmarks/classify_responders/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(CRC.patients, include={"responder"}) + settings(CRC.comparison),
        code=source_fingerprint("theraflow.crc.patients.responder_classes"),
    script:
        "../scripts/classify_responders.py"
