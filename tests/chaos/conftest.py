"""Campaigns that nobody disturbed, to compare with, and the page that tells what came out."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.campaign import LONGER, TINY, Campaign
from chaos.reliability import Reliability


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-reliability", action="store_true", help="write docs/reliability.md")


@pytest.fixture(scope="session")
def reliability(request: pytest.FixtureRequest) -> Iterator[Reliability]:
    """What each disturbance did, told in docs/reliability.md once all have passed."""
    rows = Reliability()
    yield rows
    if request.config.getoption("--write-reliability") and not request.session.testsfailed:
        rows.write()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working directory in which both studies have run."""
    return _finished(Campaign(tmp_path_factory.mktemp("undisturbed"), "all", (TINY, LONGER)))


@pytest.fixture(scope="session")
def undisturbed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working directory in which the data set of a smaller study was made."""
    return _finished(Campaign(tmp_path_factory.mktemp("undisturbed_data"), "tnf_dataset"))


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    """A campaign that makes the data set, and has not begun."""
    directory = tmp_path / "campaign"
    directory.mkdir()
    return Campaign(directory, "tnf_dataset")


@pytest.fixture
def finished(campaign: Campaign, undisturbed_data: Path) -> Campaign:
    """A campaign whose data set is made."""
    shutil.copytree(undisturbed_data, campaign.directory, dirs_exist_ok=True)
    return campaign


@pytest.fixture
def draw() -> random.Random:
    """Random times, places and sizes, the same in every run of the suite."""
    return random.Random(1)


def _finished(campaign: Campaign) -> Path:
    campaign.finish()
    return campaign.directory
