"""Small tools of the masks against SciPy's, which take longer to load than to run."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import binary_fill_holes, gaussian_filter, label

from automask.masks.arrays import smoothed
from automask.masks.portrait.face_positions import SMOOTHING, thin_plate_spline
from automask.masks.sources.sky import LARGEST_STAR, soft_rim, with_stars


@pytest.mark.parametrize(
    ("mode", "border"),
    [
        ("reflect", cv2.BORDER_REFLECT),
        ("constant", cv2.BORDER_CONSTANT),
        ("nearest", cv2.BORDER_REPLICATE),
    ],
)
def test_a_histogram_of_any_axes_is_smoothed_as_by_a_gaussian_filter(mode, border):
    counts = np.random.default_rng(0).random((12, 10, 3, 4))
    sigmas = (0.8, 1.0, 1.5, 0.6)
    expected = gaussian_filter(counts, sigmas, mode=mode)
    assert np.abs(smoothed(counts, sigmas, border) - expected).max() < 1e-12


def test_a_spline_through_landmarks_is_the_smoothed_thin_plate_spline():
    random = np.random.default_rng(0)
    points = random.random((60, 2), np.float32)  # as landmarks are
    values = points + 0.1 * np.sin(7 * points[:, ::-1])
    at = random.random((500, 2))
    expected = RBFInterpolator(points, values, smoothing=SMOOTHING)(at)
    assert np.abs(thin_plate_spline(points, values)(at) - expected).max() < 1e-9


def test_a_spline_takes_straight_maps_exactly():
    points = np.random.default_rng(0).random((12, 2))
    straight = np.array([[0.8, -0.3], [0.2, 1.1]])
    warp = thin_plate_spline(points, points @ straight + 3)
    assert np.allclose(warp(2 * points), 2 * points @ straight + 3)


def test_what_a_sky_encloses_are_its_holes_up_to_the_size_of_a_star():
    random = np.random.default_rng(0)
    sizes = []
    for width in (1.0, 3.0, 6.0):
        sky = cv2.GaussianBlur(random.random((90, 140), np.float32), (0, 0), width)
        sky = cv2.normalize(sky, None, 0, 1, cv2.NORM_MINMAX)
        sky[18:62, 38:102], sky[20:60, 40:100] = 1, 0  # too large to be a star
        holes, count = label(binary_fill_holes(sky > 0.5) & (sky <= 0.5))
        share = np.bincount(holes.ravel(), minlength=count + 1)[1:] / sky.size
        small = np.isin(holes, 1 + np.flatnonzero(share <= LARGEST_STAR))
        sizes.extend(share)
        assert (with_stars(sky) == np.maximum(sky, soft_rim(small))).all()
    assert min(sizes) <= LARGEST_STAR < max(sizes)
