"""Class probabilities: which values they are, merged, cut off, named."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from automask.masks.sources.class_probs import (
    class_masks,
    class_names,
    cut_off,
    merged,
    probabilities,
)

GIVEN = torch.tensor([0.5, 0.3, 0.15, 0.05]).view(4, 1, 1)


def test_what_lies_in_the_unit_range_is_a_probability_already():
    assert torch.equal(probabilities(GIVEN), GIVEN)


@given(st.floats(-20, -0.5), st.floats(1.5, 20))
def test_other_values_are_logits(low, high):
    logits = torch.tensor([low, high, 0.0]).view(3, 1, 1)
    assert torch.allclose(probabilities(logits), logits.softmax(0))
    assert torch.allclose(probabilities(logits[:1]), logits[:1].sigmoid())


def test_the_activation_can_be_said():
    assert torch.allclose(probabilities(GIVEN, "softmax"), GIVEN.softmax(0))
    assert torch.allclose(probabilities(GIVEN, "sigmoid"), GIVEN.sigmoid())


def test_merged_classes_add_up_and_the_others_stay():
    names, total = merged(
        ("sky", "sea", "lake", "tree"), GIVEN, {"water": ["sea", "lake"]}
    )
    assert names == ("sky", "water", "tree")
    assert total.flatten().tolist() == pytest.approx([0.5, 0.45, 0.05])


def test_a_class_may_be_merged_into_one_that_is_there():
    names, total = merged(
        ("sky", "sea", "water"), GIVEN[:3], {"water": ["sea", "water"]}
    )
    assert names == ("sky", "water")
    assert total.flatten().tolist() == pytest.approx([0.5, 0.45])


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            {"water": ["ocean"]},
            "the class 'ocean', which the model has not; it has sky",
        ),
        ({"a": ["sky"], "b": ["sky"]}, "the class 'sky' twice"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(table, line):
    with pytest.raises(ValueError, match=line):
        merged(("sky", "sea"), GIVEN[:2], table)


def test_labels_below_the_cutoff_are_given_to_those_above():
    kept = cut_off(GIVEN, 0.2).flatten()
    assert kept.tolist() == pytest.approx([0.5 / 0.8, 0.3 / 0.8, 0, 0])


def test_the_likeliest_label_is_kept_however_improbable():
    assert cut_off(GIVEN, 0.9).flatten().tolist() == [1, 0, 0, 0]
    assert torch.equal(cut_off(GIVEN, 0), GIVEN)


@given(st.integers(0, 2**31), st.floats(0, 0.99))
def test_cut_probabilities_still_sum_to_one(seed, cutoff):
    rng = torch.Generator().manual_seed(seed)
    probs = torch.rand(5, 3, 4, generator=rng).softmax(0)
    assert torch.allclose(cut_off(probs, cutoff).sum(0), torch.ones(3, 4), atol=1e-5)


def test_classes_are_merged_before_they_are_cut_off():
    # Sea and lake alone would both fall below the cutoff.
    probs = torch.tensor([0.4, 0.35, 0.25]).view(3, 1, 1).expand(3, 4, 4)
    image = torch.zeros(1, 3, 8, 8)
    table = {"water": ["sea", "lake"]}
    found = class_masks(("sky", "sea", "lake"), probs, image, "net", table, 0.5)
    assert found.names == ("sky", "water")
    assert torch.allclose(found["water"], torch.ones(8, 8))


def test_names_that_are_not_one_a_channel_are_refused():
    line = r"'a/net' puts out 4 channels, but there are 2 names \(sky, sea\)"
    with pytest.raises(ValueError, match=line):
        class_masks(("sky", "sea"), GIVEN, torch.zeros(1, 3, 8, 8), "a/net", {}, 0)


def test_names_come_from_a_list_or_a_file(tmp_path):
    file = tmp_path / "names.txt"
    file.write_text("sky\n\n swimming pool \n")
    assert class_names(str(file)) == ("sky", "swimming pool")
    assert class_names(["_", "a", "_"]) == ("_", "a", "_")


@pytest.mark.parametrize(
    ("names", "line"), [([], "none"), (["a", "a"], "'a' comes twice")]
)
def test_names_that_cannot_be_told_apart_are_refused(names, line):
    with pytest.raises(ValueError, match=line):
        class_names(names)
