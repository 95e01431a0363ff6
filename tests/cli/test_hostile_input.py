"""Names and files that mean harm: nothing of them is run, and nothing outside is touched."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml

from theraflow.config.load import ConfigError, load_study
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY, atomic_path, refuse_link_out, write_text_atomic
from theraflow.core.parquet import read_frames, read_table
from theraflow.core.script import logged_to
from theraflow.crc.model.copasi import CopasiModel
from theraflow.tnf.surrogate.prediction import load_surrogate
from theraflow.tnf.surrogate.training.checkpoint import load_checkpoint
from theraflow.work.cluster.shell_safety import check_submittable
from theraflow.work.ledger.journal import Journal, read_journal

HOSTILE = 'it\'s "quoted"; $(touch pwned) & `touch pwned` é [a]'
TINY = REPOSITORY / "tests" / "config" / "tiny.yaml"


class Exploit:
    """Touches a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.file,)


def traces(folder: Path) -> list[Path]:
    return list(folder.rglob("pwned"))


# Names of folders and files, and values of the config, through a real run.


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the repository in a folder with a hostile name."""
    copy = tmp_path_factory.mktemp("hostile") / HOSTILE / "checkout"
    for name in ("workflow", "config", "resources", "profiles", "envs"):
        shutil.copytree(
            REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "Snakefile", copy)
    return copy


def snakemake(checkout: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    directory.mkdir(exist_ok=True)
    model = directory / f"model {HOSTILE}.yaml"
    shutil.copy(checkout / "resources" / "tnf_spheroid" / "model.yaml", model)
    config = directory / f"{HOSTILE}.yaml"
    config.write_text(
        yaml.safe_dump(
            {"tnf": {"engine": {"model_file": str(model)}, "batches": {"target_cpu_minutes": 1}}}
        )
    )
    return subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", checkout / "Snakefile"),
            *("--configfile", TINY, config, "--directory", directory, "--cores", "2"),
            *arguments,
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=directory,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(checkout / "workflow")},
    )


@pytest.mark.workflow
def test_hostile_names_of_folders_and_files_are_nothing_but_names(checkout, tmp_path):
    directory = tmp_path / HOSTILE
    table, model = "results/tnf/dataset/radius_50um.parquet", "results/crc/model/crc_qsp.xml"
    run = snakemake(checkout, directory, "--", table, model)
    assert run.returncode == 0, run.stderr
    assert pq.read_table(directory / table).num_rows == 8 * 25
    assert ElementTree.parse(directory / model).getroot().tag.endswith("}sbml")
    assert {path.name for path in directory.iterdir()} == {
        *(".snakemake", "logs", "results"),
        *(f"{HOSTILE}.yaml", f"model {HOSTILE}.yaml"),
    }
    assert not traces(tmp_path)
    assert not traces(checkout.parents[1])


@pytest.mark.workflow
def test_a_cluster_gets_no_job_from_where_its_shell_would_run_the_path(tmp_path):
    run = snakemake(
        REPOSITORY,
        tmp_path / "$(touch pwned)",
        *("--executor", "slurm", "--jobs", "1", "--", "build_model"),
    )
    assert run.returncode != 0
    assert "no job can be submitted to a cluster from a path with" in run.stderr
    assert "Traceback" not in run.stderr
    assert not traces(tmp_path)
    assert not (tmp_path / "$(touch pwned)" / "logs").exists()


@pytest.mark.parametrize(
    "name", ["$(touch x)", "`touch x`", "it's; touch x", 'a"b', "a\\b", "a\nb"]
)
def test_paths_that_a_submitting_shell_could_run_are_refused(name):
    with pytest.raises(UserError, match="from a path with"):
        check_submittable([Path("/home/me", name)])


@pytest.mark.parametrize("name", ["a b;c & d", "größe", "a-b_c.d"])
def test_other_names_can_be_submitted(name):
    check_submittable([Path("/home/me", name)])


@pytest.mark.parametrize("value", ["$(touch x)", "`touch x`", 'a"; touch x; "', "{'seed': 2}"])
def test_values_on_the_command_line_that_a_submitting_shell_could_run_are_refused(value):
    with pytest.raises(UserError, match="give that with --configfile"):
        check_submittable([], [f"key={value}"])


@pytest.mark.parametrize(
    "name", ["a b", "$(touch pwned)", "a|b", ".*", "a/b", "..", "a\n", "", "é"]
)
def test_names_that_become_file_names_are_plain(name):
    algorithms = {name: {"method": "Random Search"}}
    with pytest.raises(ConfigError, match="cannot be part of a file's name"):
        load_study({"crc": {"search": {"algorithms": algorithms}}})


# Pickles in place of files that we read.


def plant(kind: str, folder: Path, executed: Path) -> Callable[[], object]:
    """Write a pickle that runs code in place of a file; returns what reads that file."""
    exploit = Exploit(executed)
    match kind:
        case "checkpoint":
            torch.save({"fingerprint": exploit}, folder / "checkpoint.pt")
            return lambda: load_checkpoint(folder / "checkpoint.pt", "", torch.device("cpu"))
        case "plain pickle as checkpoint":
            (folder / "checkpoint.pt").write_bytes(pickle.dumps(exploit, protocol=2))
            return lambda: load_checkpoint(folder / "checkpoint.pt", "", torch.device("cpu"))
        case "card":
            (folder / "card.json").write_bytes(pickle.dumps(exploit))
            return lambda: load_surrogate(folder)
        case "table":
            (folder / "table.parquet").write_bytes(pickle.dumps(exploit))
            return lambda: read_frames([folder / "table.parquet"])
        case "column of a table":
            extension = {
                "ARROW:extension:name": "arrow.py_extension_type",
                "ARROW:extension:metadata": pickle.dumps(exploit),
            }
            field = pa.field("time_min", pa.int64(), metadata=extension)
            pq.write_table(pa.table([[1]], pa.schema([field])), folder / "table.parquet")
            return lambda: read_frames([folder / "table.parquet"])
        case "problem":
            (folder / "problem.cps").write_bytes(pickle.dumps(exploit))
            return lambda: CopasiModel.from_file(folder / "problem.cps")
        case "config":
            file = folder / "config.yaml"
            file.write_text(f"tnf: !!python/object/apply:pathlib.Path.touch ['{executed}']")
            return lambda: load_study(file)
    raise ValueError(kind)


@pytest.mark.parametrize(
    "kind", ["checkpoint", "plain pickle as checkpoint", "card", "table", "problem", "config"]
)
def test_a_pickle_in_place_of_a_file_is_refused_and_runs_nothing(tmp_path, kind):
    executed = tmp_path / "executed"
    read = plant(kind, tmp_path, executed)
    with pytest.raises(UserError, match=str(tmp_path)):
        read()
    assert not executed.exists()


def test_a_pickle_in_the_metadata_of_a_column_runs_nothing(tmp_path):
    executed = tmp_path / "executed"
    plant("column of a table", tmp_path, executed)()
    assert not executed.exists()


def test_the_exploit_of_these_tests_works_where_it_is_unpickled(tmp_path):
    pickle.loads(pickle.dumps(Exploit(tmp_path / "executed")))
    assert (tmp_path / "executed").exists()


# Links out of the results.


@pytest.fixture
def campaign(tmp_path, monkeypatch) -> Path:
    """A working directory; beside it a folder of somebody else's."""
    directory = tmp_path / "campaign"
    (directory / "results" / "tnf").mkdir(parents=True)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file.parquet").write_text("theirs")
    monkeypatch.chdir(directory)
    return directory


def test_nothing_is_written_into_a_folder_that_a_link_leads_to(campaign):
    Path("results/tnf/batches").symlink_to(campaign.parent / "theirs")
    with pytest.raises(UserError, match=r"a link leads to .*theirs, out of"):
        write_text_atomic(Path("results/tnf/batches/file.parquet"), "ours")
    assert [path.name for path in (campaign.parent / "theirs").iterdir()] == ["file.parquet"]
    assert (campaign.parent / "theirs" / "file.parquet").read_text() == "theirs"


def test_a_link_in_place_of_a_file_is_replaced_and_not_written_through(campaign):
    target = Path("results/tnf/file.parquet")
    target.symlink_to(campaign.parent / "theirs" / "file.parquet")
    write_text_atomic(target, "ours")
    assert not target.is_symlink()
    assert target.read_text() == "ours"
    assert (campaign.parent / "theirs" / "file.parquet").read_text() == "theirs"


def test_a_journal_that_is_a_link_is_neither_read_nor_cut(campaign):
    journal = Path("results/tnf/batch.journal")
    journal.symlink_to(campaign.parent / "theirs" / "file.parquet")
    with pytest.raises(UserError, match="a link leads to"):
        read_journal(journal)
    with pytest.raises(UserError, match="a link leads to"), Journal(journal):
        pytest.fail("the journal is open")
    assert (campaign.parent / "theirs" / "file.parquet").read_text() == "theirs"


def test_temporary_names_cannot_be_foreseen(campaign):
    names = set()
    for _ in range(2):
        with atomic_path(Path("results/tnf/file.parquet")) as temporary:
            names.add(temporary.name)
    assert len(names) == 2


@pytest.mark.parametrize("link", ["../../../theirs/file.parquet", "/etc/hostname"])
def test_nothing_is_read_through_a_link_out_of_the_results(campaign, link):
    for name in ("table.parquet", "checkpoint.pt", "card.json", "problem.cps"):
        Path("results/tnf", name).symlink_to(link)
    readers: list[Callable[[], object]] = [
        lambda: read_table(Path("results/tnf/table.parquet"), None, ""),
        lambda: load_checkpoint(Path("results/tnf/checkpoint.pt"), "", torch.device("cpu")),
        lambda: load_surrogate(Path("results/tnf")),
        lambda: CopasiModel.from_file(Path("results/tnf/problem.cps")),
    ]
    for read in readers:
        with pytest.raises(UserError, match="a link leads to"):
            read()


def test_a_log_that_is_a_link_is_not_written(campaign, capsys):
    Path("logs").mkdir()
    Path("logs/rule.log").symlink_to(campaign.parent / "theirs" / "file.parquet")
    with pytest.raises(SystemExit, match="a link leads to"), logged_to("logs/rule.log"):
        pytest.fail("the script ran")
    assert (campaign.parent / "theirs" / "file.parquet").read_text() == "theirs"


def test_links_within_the_results_and_above_them_are_the_user_s_own(campaign):
    scratch = campaign.parent / "scratch"
    Path("results").rename(scratch)
    Path("results").symlink_to(scratch)
    (scratch / "tnf" / "old").mkdir()
    Path("results/tnf/new").symlink_to("old")
    write_text_atomic(Path("results/tnf/new/file.parquet"), "ours")
    assert (scratch / "tnf" / "old" / "file.parquet").read_text() == "ours"
    refuse_link_out(campaign.parent / "theirs" / "file.parquet")


@pytest.mark.workflow
def test_a_run_ends_before_its_first_job_when_a_link_leads_out(tmp_path):
    theirs, directory = tmp_path / "theirs", tmp_path / "campaign"
    theirs.mkdir()
    (theirs / "crc_qsp.xml").write_text("theirs")
    (directory / "results" / "crc").mkdir(parents=True)
    (directory / "results" / "crc" / "model").symlink_to(theirs)
    run = snakemake(REPOSITORY, directory, "--forceall", "--", "results/crc/model/crc_qsp.xml")
    assert run.returncode != 0
    assert "a link leads to" in run.stderr
    assert "Traceback" not in run.stderr
    assert [path.name for path in theirs.iterdir()] == ["crc_qsp.xml"]
    assert (theirs / "crc_qsp.xml").read_text() == "theirs"
