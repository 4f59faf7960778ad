"""The factorised search against a brute force in float64."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import generator, scores
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from stylize.matching.nearest import COLUMNS, index_styles, nearest_patches


@pytest.fixture(
    scope="module", autouse=True, params=[1, 99], ids=["filters", "product"]
)
def ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both ways to compare rows, whatever the processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stylize.matching.nearest.FILTERS", request.param)
        yield


def brute_force(query: Tensor, styles: list[Tensor], size: int) -> Tensor:
    """First cells of the nearest patches."""
    score, cells = scores(query, styles, size)
    return cells[score.argmax(dim=1)].view(query.shape[1] - size + 1, -1)


@given(
    size=st.sampled_from([1, 3, 5]),
    query=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    styles=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=3
    ),
    channels=st.integers(1, 6),
    mebibytes=st.sampled_from([0.1, 0.2, 32.0]),
    seed=st.integers(0, 999),
)
@settings(max_examples=60, deadline=None)
def test_search_equals_brute_force_for_any_sizes(
    size, query, styles, channels, mebibytes, seed
):
    rng = generator(seed)

    def planted(extra: tuple[int, int]) -> Tensor:
        return torch.randn(channels, size + extra[0], size + extra[1], generator=rng)

    maps = [planted(extra) for extra in styles]
    image = planted(query)
    found = nearest_patches(image, index_styles(maps, size=size, mebibytes=mebibytes))
    score, cells = scores(image, maps, size)
    place = (cells[None] == found.view(-1, 1)).nonzero()
    assert len(place) == found.numel()  # each is the first cell of some patch
    reached = score[place[:, 0], place[:, 1]]
    # With a channel or two whole sets of patches tie but for rounding.
    torch.testing.assert_close(reached, score.amax(dim=1), rtol=0, atol=1e-6)
    if channels * size**2 >= 9:
        assert found.equal(brute_force(image, maps, size))


def test_rows_wider_than_a_block_are_split_without_a_seam():
    rng = generator()
    query = torch.randn(4, 5, 2 * COLUMNS + 7, generator=rng)
    style = torch.randn(4, 9, 11, generator=rng)
    assert nearest_patches(query, index_styles([style])).equal(
        brute_force(query, [style], 3)
    )


def test_a_patch_finds_its_own_copy_whatever_the_contrast():
    rng = generator()
    style = torch.randn(4, 8, 8, generator=rng)
    contrast = torch.logspace(-2, 2, 8).expand(8, 8)
    louder = torch.cat([style * 100, style], dim=2)  # unnormalised, it would win all
    found = nearest_patches(
        style, index_styles([style, louder * contrast.repeat(1, 2)])
    )
    own = torch.arange(64).view(8, 8)[:6, :6]
    assert found.equal(own)


def test_of_equal_patches_the_first_wins():
    tile = torch.randint(1, 4, (2, 3, 3), generator=generator()).float()
    periodic = tile.repeat(1, 5, 5)
    found = nearest_patches(periodic, index_styles([periodic, periodic]))
    row, column = found // 15, found % 15
    assert row.max() < 3 and column.max() < 3


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_constant_maps_match_their_first_patch_without_nan(value):
    flat = torch.full((3, 6, 7), value)
    assert nearest_patches(flat, index_styles([flat])).eq(0).all()


def test_a_patch_of_zeros_never_beats_one_that_resembles():
    style = torch.zeros(2, 6, 6)
    style[:, 3:, 3:] = 1
    query = torch.ones(2, 3, 3)
    assert nearest_patches(query, index_styles([style])).item() == 3 * 6 + 3


def test_negative_likeness_beats_no_garbage_from_beyond_the_row_end():
    query = -torch.ones(1, 3, 3)
    style = torch.ones(1, 4, 5)
    assert nearest_patches(query, index_styles([style])).item() == 0


def test_too_small_a_map_and_differing_channels_are_refused():
    with pytest.raises(ValueError, match="2x9 feature map is smaller than a 3x3 patch"):
        index_styles([torch.ones(1, 2, 9)])
    with pytest.raises(ValueError, match="query patches have 2 channels"):
        nearest_patches(torch.ones(2, 5, 5), index_styles([torch.ones(1, 5, 5)]))
    with pytest.raises(ValueError, match="at least one style"):
        index_styles([])
    with pytest.raises(ValueError, match="odd"):
        index_styles([torch.ones(1, 5, 5)], size=2)


def test_a_search_stays_within_its_memory_and_says_when_it_cannot():
    wide = torch.randn(2, 6, 2000, generator=generator())
    index = index_styles([wide], mebibytes=5)
    assert index.columns < COLUMNS and len(index.strips) > 1
    for strip in index.strips:
        blocks = (strip.rows + 2) * strip.width * index.columns * 4 * (3 + 3)
        assert blocks <= 5 * 2**20
    query = torch.randn(2, 5, 40, generator=generator(1))
    assert nearest_patches(query, index).equal(brute_force(query, [wide], 3))
    with pytest.raises(ValueError, match="2000 cells wide styles needs 4.4 MiB, got 1"):
        index_styles([wide], mebibytes=1)


@pytest.mark.slow
def test_no_tensor_of_a_search_outgrows_its_memory():
    class Largest(TorchDispatchMode):
        """Bytes of the largest tensor that any operation returns."""

        seen = 0

        def __torch_dispatch__(self, call, types, args=(), kwargs=None):
            result = call(*args, **(kwargs or {}))
            for tensor in result if isinstance(result, tuple) else (result,):
                if isinstance(tensor, Tensor):
                    self.seen = max(self.seen, tensor.untyped_storage().nbytes())
            return result

    style = torch.rand(2, 72, 72, generator=generator())
    index = index_styles([style], mebibytes=0.5)
    with Largest() as largest:
        nearest_patches(style, index)
    assert 0 < largest.seen <= 0.5 * 2**20 / 6 < 72**4 * 4 / 1000
