"""Sky, water, foliage … by the small network: planted answers, and real pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from automask.config import photograph
from automask.images.image_files import read_image
from automask.masks import PairMasks, Regions, SoftMasks
from automask.masks.sources.region_net import CLASSES
from automask.masks.sources.regions import Region, named_regions, with_sky


def answers(**rows: tuple[int, int, float]) -> np.ndarray:
    """(classes, 40, 40): each named class on some rows with that probability.

    What is left of each pixel goes to "backdrop".
    """
    probs = np.zeros((len(CLASSES), 40, 40), np.float32)
    for name, (first, last, probability) in rows.items():
        probs[CLASSES.index(name), first:last] += probability
    probs[CLASSES.index("backdrop")] += 1 - probs.sum(0)
    return probs


def test_a_region_is_as_sure_as_the_network_where_it_wins():
    found = named_regions(answers(sky=(0, 20, 0.95), water=(20, 40, 0.6)))
    assert found["sky"].confidence == 1
    assert found["water"].confidence == pytest.approx(0.5, abs=0.01)


def test_persons_walls_and_crumbs_are_no_regions():
    probs = answers(person=(0, 20, 1.0), sky=(20, 40, 1.0))
    probs[:, 0, :4] = 0
    probs[CLASSES.index("rock"), 0, :4] = 1
    assert list(named_regions(probs)) == ["sky"]


def test_what_may_be_lawn_or_leaves_is_surely_one_of_them():
    probs = answers(sky=(0, 10, 1.0), foliage=(10, 40, 0.5))
    probs[CLASSES.index("grass"), 10:] = 0.45
    probs[CLASSES.index("backdrop"), 10:] = 0.05
    found = named_regions(probs)
    assert set(found) == {"sky", "foliage"}
    assert found["foliage"].confidence == 1


def test_a_surer_sky_by_colours_takes_its_place_from_the_others():
    half, whole = np.zeros((4, 4), np.float32), np.ones((4, 4), np.float32)
    half[:2] = 1
    found = with_sky({"water": Region(whole, 0.7)}, Region(half, 0.9))
    assert found["sky"].confidence == 0.9
    assert found["water"].probs[:2].max() == 0 and found["water"].probs[2:].min() == 1
    assert with_sky({"sky": Region(whole, 0.7)}, Region(half, 0.6)).keys() == {"sky"}


def planted(name: str, confidence: float) -> SoftMasks:
    plane = torch.zeros(1, 32, 32)
    plane[:, :16] = 1
    return SoftMasks((name,), plane, ("planted",), confidence=(confidence,))


@pytest.mark.parametrize(("sure", "used"), [(0.9, True), (0.4, False)])
def test_a_region_that_is_unsure_of_its_partner_is_left_out(sure, used):
    image, style = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    masks = {id(image): planted("sky", 0.6), id(style): planted("sky", sure)}
    find = PairMasks(sources={"planted": lambda shown: masks[id(shown)]})
    content, _ = find(image, [style])
    assert ("sky" in content.names) == used


def test_the_sky_over_a_rocket_is_found():
    image = read_image(photograph("rocket"), 512)
    masks = Regions()(image)
    sky = masks["sky"]
    assert masks.confidences()["sky"] > 0.5
    assert float(sky[:100].mean()) > 0.8
    assert float(sky[-40:].mean()) < 0.5


def test_a_cat_is_an_animal_and_a_cup_stands_under_no_sky():
    cat = Regions()(read_image(photograph("chelsea"), 448))
    assert float(cat["animal"][100:200, 150:300].mean()) > 0.5
    cup = Regions()(read_image(photograph("coffee"), 448)).confidences()
    assert cup.get("sky", 0) < 0.3


def test_masks_are_of_the_pictures_size_and_soft():
    masks = Regions()(read_image(photograph("rocket"), 200))
    height, width = masks.probs.shape[1:]
    assert max(height, width) == 200
    assert ((masks["sky"] > 0.02) & (masks["sky"] < 0.98)).any()
