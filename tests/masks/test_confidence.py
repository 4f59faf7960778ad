"""How far masks are to be trusted: carried from the sources to the pair."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from automask.masks.combine import drawn_over, joined, layered, without_transparent
from automask.masks.pair import PairMasks
from automask.masks.refine import Blur, GuidedFilter, MeanField, one_hot
from automask.masks.soft import SoftMasks

SIDE = 40


def masks(confidence: dict[str, float], source: str = "planted") -> SoftMasks:
    """Masks side by side in columns of one width, in their order."""
    width = SIDE // len(confidence)
    probs = torch.zeros(len(confidence), SIDE, SIDE)
    for column, prob in enumerate(probs):
        prob[:, column * width : (column + 1) * width] = 1
    makers = (source,) * len(confidence)
    trust = tuple(confidence.values())
    return SoftMasks(tuple(confidence), probs, makers, confidence=trust)


def image() -> Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def test_masks_are_sure_unless_said_otherwise():
    assert masks({"sky": 1, "dog": 1}).confidence == (1, 1)
    bare = SoftMasks(("sky",), torch.zeros(1, 4, 4), ("",))
    assert bare.confidence == (1,)


@pytest.mark.parametrize(
    "wrong", [(0.5,), (0.5, 1.2), (0.5, -0.1), (0.5, float("nan"))]
)
def test_a_confidence_is_a_share_one_a_mask(wrong: tuple[float, ...]):
    with pytest.raises(ValueError, match="confidence"):
        replace(masks({"sky": 1, "dog": 1}), confidence=wrong)


def test_of_two_sources_of_one_mask_each_counts_where_it_says_more():
    first = masks({"dog": 1.0, "sky": 1.0}, "a")
    second = replace(first, probs=torch.ones(2, SIDE, SIDE), confidence=(0.5, 0.2))
    found = joined([first, second])
    assert found.confidences() == pytest.approx({"dog": 0.75, "sky": 0.6})
    nothing = replace(second, probs=torch.zeros(2, SIDE, SIDE))
    assert joined([first, nothing]).confidence == (1, 1)
    assert joined([nothing, first]).confidence == (1, 1)


def test_a_drawn_mask_is_sure_and_the_others_stay_as_they_are():
    found = masks({"sky": 0.4, "dog": 0.3})
    drawn = replace(masks({"sky": 1}), cover=torch.ones(1, SIDE, SIDE))
    over = drawn_over(found, drawn)
    assert over.confidences() == {"sky": 1, "dog": 0.3}


def test_a_head_that_stands_for_the_skin_brings_its_confidence():
    found = masks({"person": 1, "skin": 0.2, "head": 0.7})
    assert layered(found, art=True).confidences() == {"person": 1, "skin": 0.7}
    assert layered(found, art=False).confidences() == {"person": 1, "skin": 0.2}


@pytest.mark.parametrize(
    "refine", [Blur(), GuidedFilter(), MeanField(), lambda given, _: one_hot(given)]
)
def test_refinement_leaves_the_confidence(refine):
    given = masks({"background": 1, "sky": 0.4, "person": 0.9, "dog": 0.3})
    assert refine(given, image()).confidences() == given.confidences()


def test_a_pair_has_the_confidence_of_each_of_its_pictures():
    found = {0: masks({"dog": 0.4, "sky": 0.9}), 1: masks({"sky": 0.5, "dog": 0.8})}
    content, style = image(), image().flip(3)

    def source(given: Tensor) -> SoftMasks:
        return found[int(given is style)]

    own, (other,) = PairMasks(sources={"planted": source})(content, [style])
    assert own.confidences() == {"dog": 0.4, "sky": 0.9}
    assert other.confidences() == {"dog": 0.8, "sky": 0.5}


def test_the_background_is_as_sure_as_the_objects_that_it_is_the_rest_of():
    found = masks({"background": 0.2, "dog": 0.7})
    own, _ = PairMasks(sources={"planted": lambda given: found})(image(), [image()])
    assert own.confidences() == pytest.approx({"background": 0.7, "dog": 0.7})


def test_what_only_one_side_shows_keeps_its_confidence_too():
    half = masks({"person": 1, "skin": 0.6})
    face = replace(half, probs=half.probs[:1].expand(2, -1, -1))
    plain = masks({"person": 1, "sky": 1})
    content, style = image(), image().flip(3)

    def source(given: Tensor) -> SoftMasks:
        return face if given is style else plain

    _, (other,) = PairMasks(sources={"planted": source})(content, [style])
    assert other.unmatched is not None
    assert other.unmatched.confidences() == {"skin": 0.6}
    clear = without_transparent(other, torch.ones(SIDE, SIDE))
    assert clear.unmatched is not None
    assert clear.unmatched.confidences() == {"skin": 0.6, "transparent": 1}
