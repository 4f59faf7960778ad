"""Matches continue one another where that costs little likeness."""

from __future__ import annotations

import pytest
import torch
from planted import generator
from torch import Tensor

from stylize.matching.coherence import coherent
from stylize.matching.nearest import index_styles, nearest_patches


def scattered(noise: float) -> tuple[Tensor, Tensor, Tensor]:
    """A piece of a style under noise, the style, and the piece's own cells."""
    style = torch.randn(8, 24, 24, generator=generator())
    query = style[:, 4:18, 3:19]
    query = query + noise * torch.randn(query.shape, generator=generator(1))
    rows, columns = torch.arange(4, 16)[:, None], torch.arange(3, 17)
    return query, style, rows * 24 + columns


def continued(nearest: Tensor) -> float:
    """Share of patches whose match continues the one to their left."""
    return float((nearest[:, 1:] == nearest[:, :-1] + 1).float().mean())


def test_a_piece_of_the_style_that_noise_has_scattered_is_put_together_again():
    query, style, own = scattered(noise=2.0)
    index = index_styles([style])
    plain = nearest_patches(query, index)
    joined = coherent(query, plain, index, worth=1.0, sweeps=6, channels=8)
    assert (plain == own).float().mean() < 0.8
    assert (joined == own).float().mean() > 0.95


def test_what_matches_itself_stays():
    query, style, own = scattered(noise=0.0)
    index = index_styles([style])
    joined = coherent(
        query, nearest_patches(query, index), index, worth=0.5, sweeps=2, channels=8
    )
    assert joined.equal(own)


@pytest.mark.parametrize(("worth", "sweeps"), [(0.0, 3), (1.0, 0)])
def test_matches_stay_without_worth_or_sweeps(worth, sweeps):
    query, style, _ = scattered(noise=1.0)
    index = index_styles([style])
    plain = nearest_patches(query, index)
    again = coherent(query, plain, index, worth=worth, sweeps=sweeps, channels=8)
    assert again.equal(plain)


def test_the_more_coherence_is_worth_the_more_matches_continue():
    query = torch.randn(8, 20, 20, generator=generator(2))
    index = index_styles([torch.randn(8, 30, 26, generator=generator(3))])
    plain = nearest_patches(query, index)
    shares = [
        continued(coherent(query, plain, index, worth=w, sweeps=3, channels=8))
        for w in (0.0, 0.3, 1.0)
    ]
    assert shares[0] < 0.15 and 2 * shares[0] < shares[1] < shares[2]


def test_one_patch_everywhere_is_broken_up():
    flat = torch.ones(4, 16, 16) + 0.01 * torch.randn(4, 16, 16, generator=generator(4))
    index = index_styles([flat])
    comb = torch.full((10, 10), 5 * 16 + 5)
    query = torch.ones(4, 12, 12)
    joined = coherent(query, comb, index, worth=0.5, sweeps=4, channels=4)
    assert (joined[:, 1:] == joined[:, :-1]).float().mean() < 0.2


def test_long_masks_make_coherence_no_cheaper():
    """What coherence is worth is told in likeness of activations alone."""
    query = torch.randn(8, 20, 20, generator=generator(5))
    style = torch.randn(8, 20, 20, generator=generator(6))

    def share(masks: float) -> float:
        ours, theirs = (
            torch.cat([x, torch.full((1, 20, 20), masks)]) for x in (query, style)
        )
        index = index_styles([theirs])
        plain = nearest_patches(ours, index)
        return continued(coherent(ours, plain, index, worth=0.3, sweeps=3, channels=8))

    assert share(30.0) == pytest.approx(share(0.0), abs=0.12)


def test_matches_stay_within_their_style():
    styles = [torch.randn(8, 9, 7, generator=generator(k)) for k in (7, 8)]
    index = index_styles(styles)
    query = torch.randn(8, 16, 16, generator=generator(9))
    joined = coherent(
        query, nearest_patches(query, index), index, worth=5.0, sweeps=4, channels=8
    )
    assert index.starts[joined].all()
