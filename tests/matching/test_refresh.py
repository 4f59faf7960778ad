"""How much is searched anew at each step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylize import Adaptive, Every
from stylize.matching.schedule import NONE, WHOLE, Renewal


def bands(refresh, stale, steps=60):
    """The rows of each step, and what has been searched at the end."""
    renewal, found = Renewal(), []
    for step in range(steps):
        found.append(renewal.rows(refresh, step))
        renewal = renewal.after(step, found[-1], stale)
    return found, renewal


def test_every_searches_all_at_each_nth_step():
    found, renewal = bands(Every(3), 0.5, steps=8)
    assert found == [WHOLE, NONE, NONE] * 2 + [WHOLE, NONE]
    assert renewal.searches == 3
    assert bands(Every(), 0.0, steps=4)[0] == [WHOLE] * 4


def test_adaptive_searches_the_less_the_less_matches_move():
    policy = Adaptive(tolerance=0.1, soonest=2, rarest=20, narrowest=0.0)
    shares = [policy.share(9, 8, moved) for moved in (0.5, 0.05, 0.02, 0.001, 0.0)]
    assert shares == pytest.approx([1 / 2, 1 / 2, 1 / 5, 1 / 20, 1 / 20])


@given(
    tolerance=st.floats(0.001, 0.5),
    soonest=st.integers(1, 5),
    longer=st.integers(0, 20),
    narrowest=st.floats(0, 1),
    stale=st.floats(0, 1),
)
def test_bands_go_round_without_gap_or_overlap(
    tolerance, soonest, longer, narrowest, stale
):
    policy = Adaptive(tolerance, soonest, soonest + longer, narrowest)
    found, renewal = bands(policy, stale)
    assert found[0] == WHOLE
    reached = 0.0
    for begin, end in found[1:]:
        waits = narrowest > 1 / policy.rarest  # else each step makes a band
        if waits and begin == end:
            continue
        assert begin == reached < end <= 1
        most = max(1 / soonest, 2 * narrowest) if waits else 1 / soonest
        assert end - begin <= 1.5 * most + 1e-9
        least = max(1 / policy.rarest, narrowest)
        assert end == 1 or end - begin >= least - 1e-9
        reached = end if end < 1 else 0.0
    total = sum(end - begin for begin, end in found)
    assert renewal.searches == pytest.approx(total)


def test_what_went_stale_is_shared_among_the_steps_since_the_last_search():
    quarter = Adaptive(tolerance=0.4, soonest=1, rarest=100)
    begun = Renewal().after(0, WHOLE, 1.0)
    first = begun.after(1, (0.0, 0.25), 0.1)  # those rows were searched a step ago
    assert first.moved == pytest.approx(0.1)
    assert first.rows(quarter, 2) == (0.25, 0.5)
    resting = Renewal(searches=1.0, searched=29, moved=0.1, reached=0.25)
    later = resting.after(30, (0.25, 0.5), 0.1)  # four steps ago, at this rate
    assert later.moved == pytest.approx(0.025)
    joined = resting.after(32, (0.25, 0.5), 0.1)  # twelve, if three made one band
    assert joined.moved == pytest.approx(0.1 / 12)
    assert begun.after(1, NONE, 0.0) == begun


def test_narrow_bands_wait_for_one_another():
    policy = Adaptive(rarest=20, narrowest=0.1)
    assert policy.share(10, 9, 0.0) == 0
    assert policy.share(11, 9, 0.0) == pytest.approx(0.1)
    found, _ = bands(policy, 0.0, steps=12)
    assert [end - begin for begin, end in found] == pytest.approx(
        [1, 1 / 2] + [0, 0.1] * 5
    )


def test_matches_that_keep_changing_keep_being_searched():
    rested = bands(Adaptive(narrowest=0.05), 0.0)[1].searches
    assert rested == pytest.approx(1 + 1 / 2 + 58 / 20)
    assert bands(Adaptive(), 0.3)[1].searches > 25


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Every(0), "n >= 1, got 0"),
        (lambda: Adaptive(tolerance=1.5), "tolerance must lie in"),
        (lambda: Adaptive(soonest=0), "1 <= soonest <= rarest, got 0 and 20"),
        (lambda: Adaptive(soonest=9, rarest=8), "1 <= soonest <= rarest"),
        (lambda: Adaptive(narrowest=-0.1), r"narrowest must lie in \[0, 1\]"),
    ],
)
def test_policies_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
