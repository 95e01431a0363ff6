# theraflow with the packages of the lock and the CPU build of PyTorch. Not built where it was
# written: there was no Docker daemon (docs/installing.md).
FROM python:3.11-slim

# git tells results the commit of the workflow; OpenMP is what PyTorch and COPASI link to.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git libgomp1 \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/theraflow
COPY requirements.lock .
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu \
    --requirement requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
 && git config --system --add safe.directory /opt/theraflow

# Any user may run it: caches of machine code and of Snakemake go to a folder of its own.
ENV HOME=/tmp
WORKDIR /study
ENTRYPOINT ["/opt/theraflow/.container/entrypoint"]
CMD ["snakemake", "--help"]
