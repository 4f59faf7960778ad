"""Kinds of regions that count as one another where a pair does not share them."""

from __future__ import annotations

import torch

from automask.masks import SoftMasks
from automask.masks.kinds import with_shared_kinds


def picture(**rows: tuple[int, int]) -> SoftMasks:
    """Masks of a 20x20 picture, each 1 on the rows from the first to the second."""
    planes = torch.zeros(len(rows), 20, 20)
    for plane, (first, last) in zip(planes, rows.values(), strict=True):
        plane[first:last] = 1
    return SoftMasks(tuple(rows), planes, ("planted",) * len(rows))


def test_a_lawn_counts_as_foliage_if_the_painting_has_no_other_green():
    content, style = with_shared_kinds(
        picture(sky=(0, 10), grass=(10, 20)), [picture(sky=(0, 5), foliage=(5, 20))]
    )
    assert content.names == ("sky", "foliage")
    assert content["foliage"][10:].min() == 1 and content["foliage"][:10].max() == 0
    assert style.names == ("sky", "foliage")


def test_kinds_that_both_show_stay_apart():
    both = picture(grass=(0, 10), foliage=(10, 20))
    assert [each.names for each in with_shared_kinds(both, [both])] == [both.names] * 2


def test_a_paintings_meadow_adds_to_its_trees_for_a_photograph_of_trees():
    content, style = with_shared_kinds(
        picture(foliage=(0, 20)), [picture(foliage=(0, 5), grass=(5, 12))]
    )
    assert style.names == ("foliage",)
    assert style["foliage"].sum() == 12 * 20


def test_a_dog_finds_the_one_thing_of_a_still_life_but_no_tree():
    content, _ = with_shared_kinds(picture(animal=(0, 9)), [picture(thing=(3, 20))])
    assert content.names == ("thing",)
    content, _ = with_shared_kinds(picture(animal=(0, 9)), [picture(foliage=(3, 20))])
    assert content.names == ("animal",)


def test_a_kind_that_one_of_several_paintings_shows_is_enough():
    content, first, second = with_shared_kinds(
        picture(grass=(0, 20)), [picture(sky=(0, 20)), picture(ground=(0, 20))]
    )
    assert content.names == ("ground",)
    assert (first.names, second.names) == (("sky",), ("ground",))


def test_the_order_of_the_masks_does_not_hang_on_that_of_sets():
    content, _ = with_shared_kinds(
        picture(animal=(0, 4), rock=(4, 8), grass=(8, 12), vehicle=(12, 20)),
        [picture(thing=(0, 10), ground=(10, 20))],
    )
    assert content.names == ("ground", "thing")


def test_what_was_drawn_by_hand_keeps_its_name():
    content, _ = with_shared_kinds(
        picture(grass=(0, 20)), [picture(foliage=(0, 20))], kept={"grass"}
    )
    assert content.names == ("grass",)
