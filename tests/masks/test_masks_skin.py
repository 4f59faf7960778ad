"""Skin by colour: the rules, and what is learned from a face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from planted_faces import planted_face

from automask.masks.portrait.skin import (
    find_skin,
    lightness_range,
    skin_by_rules,
    trapezoid,
)

LIGHT_SKIN, DENIM, SKY = (224, 172, 140), (60, 80, 130), (150, 180, 220)
BLUE_LIGHT_SKIN, SHIRT = (70, 60, 120), (120, 120, 118)


def scene(skin: tuple, clothes: tuple) -> tuple[torch.Tensor, np.ndarray, torch.Tensor]:
    """A face, a hand and clothes before the sky: image, skin's truth, person."""
    truth = np.zeros((160, 120), np.uint8)
    cv2.circle(truth, (60, 50), 30, 1, -1)
    cv2.circle(truth, (95, 140), 12, 1, -1)
    person = truth.copy()
    person[85:] = 1
    picture = np.empty((160, 120, 3), np.float32)
    picture[:] = SKY
    picture[person > 0] = clothes
    picture[truth > 0] = skin
    picture += np.random.default_rng(0).normal(0, 3, picture.shape)
    image = torch.from_numpy(picture.clip(0, 255) / 255).permute(2, 0, 1)[None].float()
    return image, truth > 0, torch.from_numpy(person.astype(np.float32))


def overlap(mask: torch.Tensor, truth: np.ndarray) -> float:
    found = mask.numpy() > 0.5
    return float((found & truth).sum() / (found | truth).sum())


def test_the_rules_tell_skin_from_denim_and_sky():
    image, truth, person = scene(LIGHT_SKIN, DENIM)
    masks = find_skin(image, [], person, learn=False)
    assert masks.names == ("skin",) and masks.sources == ("YCbCr rules",)
    assert overlap(masks["skin"], truth) > 0.95


def test_the_rules_adapt_to_the_picture():
    """The same pale pixel is skin beside none redder, not beside much redder ones."""
    picture = np.full((100, 100, 3), (30, 60, 120), np.uint8)
    picture[:, :60] = (205, 180, 165)
    alone = skin_by_rules(picture)[:, :60].mean()
    picture[:, 60:] = (225, 110, 80)
    assert alone == 1
    assert skin_by_rules(picture)[:, :60].mean() == 0


def test_the_range_of_cr_ends_at_the_reddest_of_the_picture():
    """Khaki is skin-like only if much redder skin could be in the picture."""
    picture = np.full((100, 100, 3), (30, 60, 120), np.uint8)
    picture[:, :60] = (143, 116, 73)
    assert skin_by_rules(picture)[:, :60].mean() == 0


def test_the_rules_find_nothing_where_nothing_is_red():
    assert skin_by_rules(np.full((20, 20, 3), (40, 120, 200), np.uint8)).sum() == 0


def test_skin_in_coloured_light_is_learned_from_the_face_and_found_on_the_hand():
    image, truth, person = scene(BLUE_LIGHT_SKIN, SHIRT)
    face = planted_face(60, 50, 60)
    learned = find_skin(image, [face], person)["skin"]
    assert overlap(learned, truth) > 0.9
    assert learned[140, 95] > 0.9


def test_clothes_in_the_colour_of_the_face_are_no_sure_skin():
    image, truth, person = scene(LIGHT_SKIN, LIGHT_SKIN)
    mask = find_skin(image, [planted_face(60, 50, 60)], person)["skin"]
    assert mask[60, 60] > 0.6 and 0.3 < mask[120, 30] < 0.7


def test_where_the_rules_fail_on_a_face_its_outline_stands_in():
    image, truth, person = scene(BLUE_LIGHT_SKIN, SHIRT)
    masks = find_skin(image, [planted_face(60, 50, 60)], person, learn=False)
    assert masks.sources == ("YCbCr rules + face outline",)
    assert masks["skin"][60, 60] == 1 and masks["skin"][140, 95] == 0


@pytest.mark.parametrize("learn", [True, False])
def test_skin_lies_within_the_person(learn):
    image, _, person = scene(LIGHT_SKIN, DENIM)
    face = planted_face(60, 50, 60)
    half = person * 0.5
    mask = find_skin(image, [face], half, learn=learn)["skin"]
    assert bool((mask <= half).all()) and mask.max() > 0


def test_a_face_of_a_few_pixels_falls_back_on_the_rules():
    image, _, person = scene(LIGHT_SKIN, DENIM)
    masks = find_skin(image, [planted_face(60, 50, 4)], person)
    assert masks.sources[0].startswith("YCbCr rules")


def test_a_trapezoid_is_highest_on_its_shorter_side():
    heights = trapezoid(np.array([0, 25, 50, 100, 150, 255]), (50, 150), 8)
    assert heights.tolist() == [0, 4, 8, 8, 8, 0]


def test_the_shorter_side_spans_the_lightness_at_three_codes():
    plane = np.repeat([180.0, 181.0, 182.0, 150.0], 100)
    y = np.concatenate([np.linspace(start, start + 20, 100) for start in (50, 90, 130)])
    y = np.append(y, np.linspace(0, 255, 100))
    low, high = lightness_range(y, plane, 181.0)
    assert (low, high) == (pytest.approx(51), pytest.approx(149))


def test_a_code_of_a_single_lightness_says_nothing():
    y, plane = np.array([10.0, 10, 60, 80]), np.array([180.0, 180, 181, 181])
    low, high = lightness_range(y, plane, 180.0)
    assert (low, high) == (pytest.approx(61), pytest.approx(79))
