"""Processes of a campaign are killed, whatever they are doing."""

import pytest

from chaos.campaign import LONGER, TINY, Campaign
from chaos.kills import Victim, kill_at_random
from chaos.outcome import assert_same_data, assert_same_tables, finished_pieces

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

KILLS = 20


def test_twenty_kills_lose_and_repeat_nothing(tmp_path, undisturbed, reliability):
    campaign = Campaign(tmp_path / "campaign", "all", (TINY, LONGER))
    campaign.directory.mkdir()
    killed = kill_at_random(campaign, KILLS, seed=1)
    campaign.finish()
    assert_same_data(campaign.directory, undisturbed)
    assert_same_tables(campaign.directory / "results", undisturbed / "results")
    finished = finished_pieces(campaign.directory)
    assert (finished == 1).all()
    assert finished.index.equals(finished_pieces(undisturbed).index)
    reliability.add(
        f"{KILLS} times SIGKILL at random: "
        + ", ".join(f"{killed[victim]} of {victim}" for victim in Victim),
        f"all {len(finished)} simulations, growths and searches are finished once",
        "failed jobs; after the main process is killed, the lock: `snakemake --unlock`",
        "what the killed process was working on",
    )
