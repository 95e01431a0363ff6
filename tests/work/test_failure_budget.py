"""The failures that a campaign tolerates are those of the batches that it still plans."""

import pytest

from theraflow.core.errors import UserError
from theraflow.work.failure_budget import FailureBudget


def test_failures_of_batches_that_are_in_no_plan_are_forgotten(tmp_path):
    budget = FailureBudget(tmp_path / "failures", 3, "the_limit")
    budget.note("of the mended campaign", 2)
    budget.note("of an earlier plan", 5)
    with pytest.raises(UserError, match="more than the_limit = 3"):
        budget.check()
    budget.forget_others({"of the mended campaign", "not yet run"})
    budget.check()
    budget.note("not yet run", 2)
    with pytest.raises(UserError, match="more than the_limit = 3"):
        budget.check()


def test_a_campaign_without_failures_has_nothing_to_forget(tmp_path):
    budget = FailureBudget(tmp_path / "failures", 0, "the_limit")
    budget.forget_others(set())
    budget.check()
