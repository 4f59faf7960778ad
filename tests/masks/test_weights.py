"""masks.weights: how much each mask counts."""

from __future__ import annotations

import logging

import pytest
import torch

from automask.masks.pair import PairMasks
from automask.masks.refine import Blur
from automask.masks.soft import SoftMasks

ROWS = {"sky": slice(0, 10), "grass": slice(10, 20), "water": slice(20, 30)}
STYLE_ROWS = {"sky": slice(0, 10), "foliage": slice(10, 20), "water": slice(20, 30)}


def planted(rows):
    """Finds these rows of a picture 32 px high, each with confidence 0.8."""

    def find(image):
        planes = torch.zeros(len(rows), *image.shape[2:])
        for plane, row in zip(planes, rows.values(), strict=True):
            plane[row] = 1
        trust = (0.8,) * len(rows)
        return SoftMasks((*rows,), planes, ("planted",) * len(rows), confidence=trust)

    return find


def by_brightness(image):
    """The content, dark, shows grass; the style, bright, shows foliage."""
    return planted(STYLE_ROWS if image.mean() > 0.5 else ROWS)(image)


CONTENT, STYLE = torch.full((1, 3, 32, 32), 0.2), torch.full((1, 3, 32, 32), 0.8)


def found(weights, drawn=None):
    pair = PairMasks(
        sources={"planted": by_brightness},
        refine=Blur(0),
        weights=weights,
        drawn=drawn,
    )
    content, (style,) = pair(CONTENT, [STYLE])
    return content, style


def test_without_weights_all_masks_count_as_found():
    content, style = found({})
    assert {"sky", "foliage", "water"} < {*content.names}
    assert content.confidences()["sky"] == style.confidences()["sky"] == 0.8
    assert found({"sky": 1.0})[0].confidences() == content.confidences()


def test_a_weight_multiplies_the_product_of_both_confidences_once():
    content, style = found({"sky": 0.5})
    assert content["sky"].equal(found({})[0]["sky"])
    product = content.confidences()["sky"] * style.confidences()["sky"]
    assert product == pytest.approx(0.5 * 0.8 * 0.8)
    assert content.confidences()["water"] == 0.8


def test_a_small_weight_leaves_the_mask_in():
    content, _ = found({"sky": 0.01})
    assert content.confidences()["sky"] == pytest.approx(0.008)


def test_a_mask_of_weight_0_counts_as_not_found():
    content, style = found({"sky": 0})
    assert "sky" not in (*content.names, *style.names)
    assert float(content["water"].mean()) == pytest.approx(10 / 32)


def test_all_masks_may_have_weight_0():
    content, style = found(dict.fromkeys([*ROWS, *STYLE_ROWS], 0))
    assert content.names == style.names and "sky" not in content.names


@pytest.mark.parametrize("name", ["grass", "foliage"])
def test_a_kind_that_counts_as_another_takes_its_weight_along(name):
    content, _ = found({name: 0.5})
    assert content.confidences()["foliage"] == pytest.approx(0.4)


def test_the_background_has_a_weight_too():
    plain, weighed = found({}), found({"background": 0.5})
    assert "background" in plain[0].names
    assert weighed[0].confidences()["background"] == pytest.approx(
        0.5 * plain[0].confidences()["background"]
    )


def drawn(content, styles):
    """A mask by hand on both, and one over the found sky."""

    def over(image):
        planes = torch.zeros(2, *image.shape[2:])
        planes[0, 20:28], planes[1, :5] = 1, 1
        cover = torch.ones_like(planes)
        return SoftMasks(("mine", "sky"), planes, ("hand", "hand"), cover=cover)

    return over(content), [over(style) for style in styles]


def test_drawn_masks_are_weighed_and_left_out_alike():
    content, _ = found({"mine": 0.25}, drawn)
    assert content.confidences()["mine"] == 0.25
    assert float(content["sky"].mean()) == pytest.approx(5 / 32)
    content, _ = found({"mine": 0}, drawn)
    assert "mine" not in content.names
    assert float(content["water"].mean()) == pytest.approx(10 / 32)  # nothing taken
    assert "sky" not in found({"sky": 0}, drawn)[0].names  # neither drawn nor found


def test_a_name_that_no_picture_shows_is_told_with_those_that_are(caplog):
    with caplog.at_level(logging.WARNING):
        found({"sky": 0.5, "skye": 0.5})
    (said,) = [each for each in caplog.messages if "masks.weights" in each]
    assert "skye, which no picture shows" in said and "found: sky, grass" in said


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan"), True, "half", None])
def test_a_weight_that_is_no_share_is_refused_with_its_name(weight):
    with pytest.raises(ValueError, match="masks.weights.sky must be a number from 0"):
        PairMasks(weights={"sky": weight})


@pytest.mark.slow
def test_weights_reach_the_command_line_and_its_record(program, tmp_path):
    import json

    words = ("style=portrait", "content=astronaut", "size=64", "stage=masks")
    weights = ("masks.weights={hair: 0.25, my own: 0.5}", "masks.weights.skin=0")
    done = program(*words, *weights, "out=out")
    assert done.code == 0 and "names my own" in done.err
    (record,) = (tmp_path / "out").glob("*/run.json")
    told = json.loads(record.read_text())
    trust = {mask["name"]: mask["confidence"] for mask in told["masks"]}
    assert trust["hair"] == {"content": 0.25, "styles": [1.0]} and "skin" not in trust
    assert "masks.weights={hair: 0.25, my own: 0.5}" in told["command"]
    bad = program(*words, "masks.weights={hair: 2}")
    assert bad.code == 2 and "masks.weights.hair must be" in bad.err
