"""Transfer of a distribution of colours, on Gaussians that are known."""

from __future__ import annotations

import pytest
import torch
from planted import generator
from torch import Tensor

from stylize import PdfTransfer, without_masks
from stylize.color.pdf_transfer import match_marginal, pdf_transfer


def gaussian(count: int, mix: Tensor, mean: Tensor, seed: int) -> Tensor:
    return torch.randn(count, 3, generator=generator(seed)) @ mix + mean


def test_a_gaussian_becomes_the_other_gaussian():
    mixes = torch.randn(2, 3, 3, generator=generator(7))
    mean = torch.tensor([1.0, -2.0, 3.0])
    source = gaussian(20000, mixes[0], torch.zeros(3), 1)
    target = gaussian(15000, mixes[1], mean, 2)
    moved = pdf_transfer(source, target, 20, generator())
    torch.testing.assert_close(moved.mean(0), mean, atol=0.06, rtol=0)
    covariance = mixes[1].T @ mixes[1]
    error = (torch.cov(moved.T) - covariance).abs().max()
    assert error < 0.05 * covariance.abs().max()


def test_a_marginal_gets_the_targets_quantiles_and_keeps_its_order():
    source = torch.randn(5000, generator=generator(1))
    target = torch.rand(4000, generator=generator(2)) ** 3
    moved = match_marginal(source, target)
    places = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95])
    torch.testing.assert_close(
        moved.quantile(places), target.quantile(places), atol=5e-3, rtol=0
    )
    assert (moved[source.argsort()].diff() >= 0).all()


def test_equal_numbers_go_to_the_middle_of_the_share_that_they_are():
    black = torch.cat([torch.zeros(4000), torch.linspace(0.5, 1, 4000)])
    moved = match_marginal(black, torch.linspace(0, 1, 9000))
    assert float(moved[0]) == pytest.approx(0.25, abs=0.01)
    assert float(moved[-1]) == pytest.approx(1, abs=0.01)


def test_what_already_has_the_distribution_hardly_moves():
    source = torch.rand(5000, 3, generator=generator(1))
    moves = (pdf_transfer(source, source, 10, generator()) - source).abs()
    assert moves.mean() < 2e-3 and moves.max() < 0.05


def test_one_flat_colour_gives_finite_colours():
    flat = torch.full((1, 3, 8, 8), 0.5)
    style = torch.rand(1, 3, 9, 7, generator=generator())
    for pair in ((flat, style), (style, flat)):
        content, other = (without_masks(each) for each in pair)
        image = PdfTransfer(5).before(content, [other])[0].image
        assert image.isfinite().all() and image.min() >= 0 and image.max() <= 1
    assert image.sub(0.5).abs().max() < 1e-3


def test_all_styles_count():
    content = torch.rand(1, 3, 40, 40, generator=generator())
    styles = [without_masks(torch.full((1, 3, 8, 8), each)) for each in (0.2, 0.8)]
    image = PdfTransfer().before(without_masks(content), styles)[0].image
    shares = [
        float((image - each).abs().lt(0.05).float().mean()) for each in (0.2, 0.8)
    ]
    assert min(shares) > 0.4


@pytest.mark.parametrize(
    ("key", "value"), [("iterations", 0), ("strength", 1.5), ("strength", -0.1)]
)
def test_a_transfer_that_cannot_be_is_refused(key, value):
    with pytest.raises(ValueError, match=f"{key}.*got {value}"):
        PdfTransfer(**{key: value})
