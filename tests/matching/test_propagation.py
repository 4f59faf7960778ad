"""Propagation spreads good matches and never makes one worse."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import generator, scores
from torch import Tensor

from stylize.matching.nearest import index_styles, nearest_patches
from stylize.matching.propagation import improved, propagate, sketch_styles


def likeness(query: Tensor, styles: list[Tensor], nearest: Tensor) -> Tensor:
    """Cosine of each patch to its match, in float64."""
    score, cells = scores(query, styles, 3)
    column = torch.full((int(cells.max()) + 1,), -1)
    column[cells] = torch.arange(len(cells))
    return score.gather(1, column[nearest.flatten()][:, None])[:, 0]


@given(
    query=st.tuples(st.integers(3, 9), st.integers(3, 9)),
    styles=st.lists(
        st.tuples(st.integers(3, 9), st.integers(3, 9)), min_size=1, max_size=3
    ),
    channels=st.integers(1, 160),
    seed=st.integers(0, 999),
)
@settings(max_examples=40, deadline=None)
def test_no_match_gets_worse_and_each_is_a_patch_of_a_style(
    query, styles, channels, seed
):
    rng = generator(seed)
    image = torch.randn(channels, *query, generator=rng)
    maps = [torch.randn(channels, *style, generator=rng) for style in styles]
    index = index_styles(maps)
    starts = index.starts.nonzero().squeeze(1)
    size = (query[0] - 2, query[1] - 2)
    before = starts[torch.randint(len(starts), size, generator=rng)]
    after = propagate(image, before, index, sketch_styles(index))
    assert index.starts[after].all()
    gained = likeness(image, maps, after) - likeness(image, maps, before)
    assert gained.min() > -1e-5


@pytest.mark.parametrize("channels", [40, 160])
def test_one_right_match_spreads_to_its_four_neighbours(channels):
    style = torch.randn(channels, 12, 12, generator=generator())
    index = index_styles([style])
    right = torch.arange(144).view(12, 12)[:10, :10]
    wrong = right.flip(0, 1)
    wrong[4, 4] = right[4, 4]
    after = propagate(style, wrong, index, sketch_styles(index))
    for y, x in ((3, 4), (5, 4), (4, 3), (4, 5)):
        assert after[y, x] == right[y, x]
    assert (after == right).sum() < 50  # one sweep goes one cell far


def test_what_the_search_found_stays():
    rng = generator(2)
    image, style = (torch.randn(8, 14, 11, generator=rng) for _ in range(2))
    index = index_styles([style])
    nearest = nearest_patches(image, index)
    assert propagate(image, nearest, index, sketch_styles(index)).equal(nearest)


def test_matches_that_became_better_are_counted():
    rng = generator(3)
    image, style = (torch.randn(6, 12, 9, generator=rng) for _ in range(2))
    index = index_styles([style])
    best = nearest_patches(image, index)
    before = best.clone()
    before[2, 3:5], before[7, 0] = 0, 1
    assert (before != best).sum() == 3
    assert improved(image, before, best, index) == pytest.approx(3 / 70)
    assert improved(image, best, before, index) == 0
    assert improved(image, best, best, index) == 0


def test_a_match_as_good_as_another_is_not_better():
    part = torch.randn(6, 8, 8, generator=generator(4))
    style = torch.cat([part, part * (1 + 1e-4)], dim=2)
    index = index_styles([style])
    before = nearest_patches(part, index_styles([part]))
    first, second = (before // 8 * 16 + before % 8 + shift for shift in (0, 8))
    assert improved(part, first, second, index) == 0
    assert improved(part, second, first, index) == 0


def test_cells_of_few_channels_need_no_sketch():
    index = index_styles([torch.randn(100, 9, 9, generator=generator())])
    assert sketch_styles(index) is None


def test_a_sketch_loses_nothing_of_cells_that_lie_in_its_directions():
    rng = generator()
    spread = torch.randn(200, 40, generator=rng, dtype=torch.float64)
    style = torch.randn(9, 9, 40, generator=rng, dtype=torch.float64) @ spread.T
    index = index_styles([style.permute(2, 0, 1)])
    sketch = sketch_styles(index)
    torch.testing.assert_close(
        sketch.cells @ sketch.cells.T, index.cells @ index.cells.T
    )
