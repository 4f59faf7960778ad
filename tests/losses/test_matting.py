"""The matting Laplacian, on planted colours and against its definition."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from planted import generator
from torch import Tensor

from stylize import Encoded, PhotoRegularity, without_masks
from stylize.losses.matting import matting_laplacian, quadratic_form

EPSILON = 1e-5


def colours(height: int = 7, width: int = 9, seed: int = 0) -> Tensor:
    rng = generator(seed)
    return torch.rand(1, 3, height, width, generator=rng, dtype=torch.float64)


def affine(image: Tensor, seed: int = 5) -> Tensor:
    """Colours mixed and shifted, the same way everywhere."""
    mix = torch.randn(3, 3, generator=generator(seed), dtype=torch.float64)
    return torch.einsum("dc,nchw->ndhw", mix, image) + 0.3


def by_definition(image: Tensor, epsilon: float) -> np.ndarray:
    """Levin et al. 2008, Eq. 12, entry by entry: (H · W, H · W)."""
    height, width = image.shape[2:]
    pixels = image[0].permute(1, 2, 0).reshape(-1, 3).numpy()
    matrix = np.zeros((len(pixels), len(pixels)))
    for y, x in product(range(height - 2), range(width - 2)):
        window = [(y + v) * width + x + u for v in range(3) for u in range(3)]
        own = pixels[window]
        mean, covariance = own.mean(axis=0), np.cov(own.T, bias=True)
        inverse = np.linalg.inv(covariance + epsilon / 9 * np.eye(3))
        shared = (1 + (own - mean) @ inverse @ (own - mean).T) / 9
        matrix[np.ix_(window, window)] += np.eye(9) - shared
    return matrix


def test_the_stencil_is_the_matrix_of_levin_et_al():
    content, image = colours(), colours(seed=1)
    vector = image[0].flatten(1).numpy()
    expected = np.einsum("ci,ij,cj", vector, by_definition(content, EPSILON), vector)
    found = quadratic_form(image, matting_laplacian(content, EPSILON))
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_an_affine_change_of_colours_costs_nothing_and_noise_does():
    content = colours(20, 30).float()
    laplacian = matting_laplacian(content, 1e-7)
    noisy = content + 0.05 * colours(20, 30, seed=1).float()
    free, dear = (
        float(quadratic_form(each.float(), laplacian))
        for each in (affine(content.double()), noisy)
    )
    assert abs(free) < 1e-3 * dear


def test_the_gradient_is_that_of_finite_differences():
    laplacian = matting_laplacian(colours(), EPSILON)
    image = colours(seed=1).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda v: quadratic_form(v, laplacian), image)


def test_an_edge_that_the_content_lacks_costs_more_than_one_it_has():
    content = torch.full((1, 3, 12, 16), 0.3)
    content[..., 8:] = 0.7
    laplacian = matting_laplacian(content, 1e-7)
    there, elsewhere = torch.zeros_like(content), torch.zeros_like(content)
    there[..., 8:], elsewhere[..., 4:] = 0.5, 0.5
    costs = [float(quadratic_form(each, laplacian)) for each in (there, elsewhere)]
    assert costs[1] > 100 * max(costs[0], 1e-3)


def test_the_term_is_a_mean_over_the_pixels():
    losses = []
    for repeats in (1, 2):
        content, image = (
            colours(30, 40, seed).float().repeat(1, 1, repeats, repeats)
            for seed in (0, 1)
        )
        given, current = (Encoded(without_masks(each), {}) for each in (content, image))
        losses.append(float(PhotoRegularity(2.0).prepare(given, []).loss(current, 0)))
    assert losses[1] == pytest.approx(losses[0], rel=0.1)


def test_an_image_without_a_window_is_refused():
    with pytest.raises(ValueError, match="3x3 px, got 2x9"):
        matting_laplacian(colours(2, 9))


def test_slopes_that_cost_nothing_are_refused():
    with pytest.raises(ValueError, match="epsilon must be above 0, got 0"):
        PhotoRegularity(1.0, epsilon=0)
