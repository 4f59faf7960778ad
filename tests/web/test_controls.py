"""The page's keys are those of the configuration."""

from __future__ import annotations

from dataclasses import fields

import pytest
from starlette.exceptions import HTTPException

from automask.config import config_folder, photograph
from automask.keys import RunKeys
from automask.web.controls import checked, controls
from automask.web.words import KEYS, SAMPLES

LEFT_OUT = {  # methods that take no photograph, or a map; variants of photo
    *("doodle", "analogy", "texture", "cnnmrf_code", "cnnmrf_paper"),
    *("photo_hard", "photo_no_masks", "photo_no_similarity", "photo_regularized"),
    "photo_unfiltered",
}
KNOWN = {each.key: each for each in controls(4096)}
TOLD = {each.name: each.metadata for each in fields(RunKeys)}


def test_each_control_has_the_keys_own_default():
    assert KNOWN.keys() == KEYS.keys()
    assert {key: each.default for key, each in KNOWN.items()} == {
        key: TOLD[key]["default"] for key in KEYS
    }
    checked({key: each.default for key, each in KNOWN.items()}, KNOWN)


@pytest.mark.parametrize("key", KEYS)
def test_whatever_a_control_can_say_the_key_can_be(key):
    control, allowed = KNOWN[key], TOLD[key].get("allowed")
    values = [each.value for each in control.choices]
    if allowed is None:
        there = {file.stem for file in (config_folder() / key).glob("*.yaml")}
        assert {*values} == there - LEFT_OUT
        return
    assert {*values} == {word for word in allowed.words if word is not None}
    if control.type != "choice":
        kind = int if control.type == "integer" else float
        assert kind(control.minimum) in allowed and kind(control.maximum) in allowed


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", "own"),
        ("size", 64),
        ("gamma", 20),
        ("hold", "auto"),
        ("hold", 0.5),
        ("k", 3),
    ],
)
def test_words_and_numbers_of_a_key_are_taken(key, value):
    assert checked({key: value}, KNOWN) == {key: value}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", 31),
        ("size", 4097),
        ("size", 64.0),
        ("gamma", float("nan")),
        ("gamma", True),
        ("gamma", "20"),
        ("hold", "own"),
        ("k", 1.5),
        ("out", "x.png"),
        ("quality", 1),
    ],
)
def test_all_else_is_refused_with_the_keys_name(key, value):
    with pytest.raises(HTTPException) as refusal:
        checked({key: value}, KNOWN)
    assert refusal.value.status_code == 422 and key in refusal.value.detail


def test_the_photographs_that_come_along_are_there():
    assert all(photograph(name) for name in SAMPLES)
