"""How much is searched anew at each step."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stylize import Adaptive, Every
from stylize.matching.schedule import NONE, WHOLE, Searches


def bands(refresh, stale, steps=60):
    """The rows of each step, and what has been searched at the end."""
    searches, found = Searches(), []
    for step in range(steps):
        found.append(searches.rows(refresh, step))
        searches = searches.after(step, found[-1], stale)
    return found, searches


def test_every_searches_all_at_each_nth_step():
    found, searches = bands(Every(3), 0.5, steps=8)
    assert found == [WHOLE, NONE, NONE] * 2 + [WHOLE, NONE]
    assert searches.count == 3
    assert bands(Every(), 0.0, steps=4)[0] == [WHOLE] * 4


def test_adaptive_searches_the_less_the_less_matches_move():
    policy = Adaptive(tolerance=0.1, min_steps=2, max_steps=20, min_band=0.0)
    shares = [policy.share(9, 8, moved) for moved in (0.5, 0.05, 0.02, 0.001, 0.0)]
    assert shares == pytest.approx([1 / 2, 1 / 2, 1 / 5, 1 / 20, 1 / 20])


@example(0.4375, 1, 1, 0.5625, 0.25)  # all rows at once, though a band was begun
@given(
    tolerance=st.floats(0.001, 0.5),
    min_steps=st.integers(1, 5),
    longer=st.integers(0, 20),
    min_band=st.floats(0, 1),
    stale=st.floats(0, 1),
)
def test_bands_go_round_without_gap_or_overlap(
    tolerance, min_steps, longer, min_band, stale
):
    policy = Adaptive(tolerance, min_steps, min_steps + longer, min_band)
    found, searches = bands(policy, stale)
    assert found[0] == WHOLE
    reached = 0.0
    for begin, end in found[1:]:
        waits = min_band > 1 / policy.max_steps  # else each step makes a band
        if waits and begin == end:
            continue
        if (begin, end) == WHOLE:
            reached = 0.0
            continue
        assert begin == reached < end <= 1
        most = max(1 / min_steps, 2 * min_band) if waits else 1 / min_steps
        assert end - begin <= 1.5 * most + 1e-9
        least = max(1 / policy.max_steps, min_band)
        assert end == 1 or end - begin >= least - 1e-9
        reached = end if end < 1 else 0.0
    total = sum(end - begin for begin, end in found)
    assert searches.count == pytest.approx(total)


def test_what_went_stale_is_shared_among_the_steps_since_the_last_search():
    quarter = Adaptive(tolerance=0.4, min_steps=1, max_steps=100)
    begun = Searches().after(0, WHOLE, 1.0)
    first = begun.after(1, (0.0, 0.25), 0.1)  # those rows were searched a step ago
    assert first.moved == pytest.approx(0.1)
    assert first.rows(quarter, 2) == (0.25, 0.5)
    resting = Searches(count=1.0, last=29, moved=0.1, begin=0.25)
    later = resting.after(30, (0.25, 0.5), 0.1)  # four steps ago, at this rate
    assert later.moved == pytest.approx(0.025)
    joined = resting.after(32, (0.25, 0.5), 0.1)  # twelve, if three made one band
    assert joined.moved == pytest.approx(0.1 / 12)
    assert begun.after(1, NONE, 0.0) == begun


def test_narrow_bands_wait_for_one_another():
    policy = Adaptive(max_steps=20, min_band=0.1)
    assert policy.share(10, 9, 0.0) == 0
    assert policy.share(11, 9, 0.0) == pytest.approx(0.1)
    found, _ = bands(policy, 0.0, steps=12)
    assert [end - begin for begin, end in found] == pytest.approx(
        [1, 1 / 2] + [0, 0.1] * 5
    )


def test_matches_that_keep_changing_keep_being_searched():
    rested = bands(Adaptive(min_band=0.05), 0.0)[1].count
    assert rested == pytest.approx(1 + 1 / 2 + 58 / 20)
    assert bands(Adaptive(), 0.3)[1].count > 25


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Every(0), "n of refresh must be >= 1, got 0"),
        (lambda: Adaptive(tolerance=1.5), "tolerance must lie in"),
        (lambda: Adaptive(min_steps=0), "1 <= min_steps <= max_steps, got 0 and 20"),
        (lambda: Adaptive(min_steps=9, max_steps=8), "1 <= min_steps <= max_steps"),
        (lambda: Adaptive(min_band=-0.1), r"min_band of refresh must lie in \[0, 1\]"),
    ],
)
def test_policies_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
