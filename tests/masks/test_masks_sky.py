"""The sky by colour and calm, on planted landscapes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from automask.masks import Blur, PairMasks, Sky, SoftMasks
from automask.masks.arrays import at_most, to_bytes
from automask.masks.sources.sky import DOUBT, SIDE, best_sky

BLUE, ORANGE = (0.3, 0.5, 0.9), (0.9, 0.5, 0.2)
GREEN, ROCK = (0.2, 0.5, 0.1), (0.5, 0.4, 0.3)


def landscape(
    above: tuple[float, ...], below: tuple[float, ...], calm: float = 0.01
) -> tuple[torch.Tensor, np.ndarray]:
    """(1, 3, 120, 160) with a hilly horizon and a tower, and where its sky is."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:120, :160]
    sky = y < 60 + 15 * np.sin(x / 20)
    sky[20:, 100:115] = False
    noise = rng.normal(0, 1, (120, 160, 1))
    upper = np.array(above) + calm * noise
    lower = np.array(below) + 0.08 * noise
    image = np.where(sky[..., None], upper, lower).clip(0, 1).astype(np.float32)
    return torch.from_numpy(image).permute(2, 0, 1)[None], sky


def overlap(masks: SoftMasks, sky: np.ndarray) -> float:
    found = masks["sky"].numpy() >= 0.5
    return float((found & sky).sum() / (found | sky).sum())


@pytest.mark.parametrize(
    ("above", "below", "calm"),
    [
        (BLUE, GREEN, 0.01),
        (ORANGE, (0.1, 0.2, 0.4), 0.01),  # a painter's colours
        (BLUE, ROCK, 0.09),  # swirls as rough as the ground
    ],
)
def test_a_sky_is_found_whatever_its_colour(above, below, calm):
    image, sky = landscape(above, below, calm)
    masks = Sky()(image)
    assert masks.names == ("sky",)
    assert overlap(masks, sky) > 0.93


def test_a_tower_parts_the_sky_down_to_a_few_pixels():
    image, sky = landscape(BLUE, ROCK)
    found = Sky()(image)["sky"].numpy()
    assert found[30, 102:113].max() < 0.5
    assert found[30, 85:97].min() > 0.5 and found[30, 119:130].min() > 0.5


def test_sun_and_stars_belong_to_the_sky_that_encloses_them():
    image, _ = landscape(BLUE, ROCK)
    image[:, :, 20:32, 40:52] = 1
    assert float(Sky()(image)["sky"][20:32, 40:52].mean()) > 0.9


def test_blue_below_is_no_sky():
    image, sky = landscape(ORANGE, GREEN)
    image[:, :, 100:] = torch.tensor(ORANGE).view(1, 3, 1, 1)  # a lake mirrors it
    assert float(Sky()(image)["sky"][105:].max()) < 0.5


def test_what_hangs_apart_from_the_upper_border_is_no_sky():
    image, _ = landscape(ORANGE, GREEN)
    image[:, :, 82:100, 30:80] = torch.tensor(ORANGE).view(1, 3, 1, 1)
    assert float(Sky()(image)["sky"][85:97, 33:77].max()) < 0.3


def test_where_nothing_parts_there_is_no_sky():
    rng = torch.Generator().manual_seed(0)
    leaves = torch.rand(1, 3, 120, 160, generator=rng)
    plain = torch.full((1, 3, 120, 160), 0.5)
    for image in (leaves, plain):
        assert float(Sky()(image)["sky"].max()) < 0.05


def test_more_evidence_can_be_asked_for():
    image, _ = landscape(BLUE, ROCK)
    assert float(Sky(evidence=0.99)(image)["sky"].max()) == 0
    with pytest.raises(ValueError, match="evidence of a sky must be .* got 2"):
        Sky(evidence=2)


def test_borders_are_at_the_edges_of_the_picture_itself():
    image, sky = landscape(BLUE, GREEN)
    large = torch.nn.functional.interpolate(image, scale_factor=4)
    found = Sky()(large)["sky"].numpy() >= 0.5
    wanted = sky.repeat(4, 0).repeat(4, 1)
    assert (found ^ wanted).mean() < 0.02


def test_a_tiny_picture_is_no_trouble():
    assert Sky()(torch.rand(1, 3, 32, 40)).probs.shape == (1, 32, 40)


def test_a_person_keeps_what_looks_like_sky():
    image, sky = landscape(BLUE, GREEN)
    body = torch.zeros(1, 120, 160)
    body[:, :, 20:40] = 1
    person = SoftMasks(("person",), body, ("planted",))
    pair = PairMasks(sources={"a": lambda _: person, "sky": Sky()}, refine=Blur(0))
    content, _ = pair(image, [image])
    assert set(content.names) == {"background", "person", "sky"}
    assert torch.equal(content["person"], body[0])
    assert float(content["sky"][:, 20:40].max()) == 0


def test_a_sky_is_trusted_the_more_the_better_it_parts():
    image, _ = landscape(BLUE, GREEN)
    _, parting = best_sky(at_most(to_bytes(image), SIDE))
    for beyond, trust in ((DOUBT, 1.0), (DOUBT / 2, 0.5), (0.01, 0.01 / DOUBT)):
        masks = Sky(evidence=parting - beyond)(image)
        assert masks.confidence == pytest.approx((trust,))
        assert float(masks["sky"].max()) > 0.9
    assert Sky(evidence=0.99)(image).confidence == (0,)
