"""Keeping colours by region from the command line, and the line that tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from batch_jobs import run_batch
from conftest import Outcome
from omegaconf import OmegaConf
from PIL import Image
from torch import Tensor

from automask.pipeline.own_colors import MUCH, tone_hint
from stylize import Picture

DARK, PALE, WALL = (70, 50, 40), (225, 200, 190), (90, 120, 170)
SIDE = 64


@pytest.fixture
def sitters(tmp_path: Path) -> Path:
    """A dark and a pale sitter, each the right half, and a map of the skin."""
    rng = np.random.default_rng(0)
    for name, tone in (("dark", DARK), ("pale", PALE)):
        pixels = np.empty((SIDE, SIDE, 3))
        pixels[:, : SIDE // 2], pixels[:, SIDE // 2 :] = WALL, tone
        pixels += rng.normal(0, 8, pixels.shape)
        picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        picture.save(tmp_path / f"{name}.png")
    skin = np.zeros((SIDE, SIDE), np.uint8)
    skin[:, SIDE // 2 :] = 255
    Image.fromarray(skin).save(tmp_path / "skin.png")
    return tmp_path


@pytest.fixture
def transfer(program: Callable[..., Outcome], sitters: Path) -> Callable[..., Outcome]:
    """The colours of one sitter for another; nothing is painted."""

    def call(content: str, style: str, *words: str) -> Outcome:
        drawn = (f"map={{skin: {sitters}/skin.png}}",)
        drawn += (f"style.map={{skin: {sitters}/skin.png}}",)
        return program(
            *(f"content={sitters}/{content}.png", f"style={sitters}/{style}.png"),
            *("stylizer=color_transfer", "color=regions", "masks=maps", f"size={SIDE}"),
            *(*drawn, f"out={sitters}/out.png", *words),
        )

    return call


def tone(picture: Path) -> np.ndarray:
    """Mean colour of the skin."""
    pixels = np.asarray(Image.open(picture).convert("RGB"), np.float64)
    return pixels[:, SIDE // 2 + 4 :].mean((0, 1))


def test_a_sitter_who_turns_pale_or_dark_is_told_of_the_key_that_keeps_the_tone(
    transfer,
):
    line = "keep_color=[skin] keeps the sitter's own tone"
    paler, darker = transfer("dark", "pale"), transfer("pale", "dark")
    (told,) = [each for each in paler.out.splitlines() if line in each]
    assert told.startswith("Skin: much lighter than the photograph's (L* 23 -> ")
    assert "Skin: much darker than the photograph's (L* 8" in darker.out
    assert line in darker.out


@pytest.mark.parametrize(
    "words",
    [
        ("dark", "dark"),
        ("dark", "pale", "keep_color=[skin]"),
        ("dark", "pale", "quiet=true"),
        ("dark", "pale", "strength=0"),
    ],
)
def test_nothing_is_said_where_the_tone_stays_or_nobody_wants_to_know(transfer, words):
    done = transfer(*words)
    assert done.code == 0 and "Skin:" not in done.out + done.err


def test_kept_skin_has_the_photographs_tone_and_the_wall_the_paintings(
    transfer, sitters
):
    assert transfer("dark", "pale").code == 0
    assert np.abs(tone(sitters / "out.png") - PALE).max() < 12
    assert transfer("dark", "pale", "keep_color=[skin]").code == 0
    assert np.abs(tone(sitters / "out.png") - DARK).max() < 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "method",
    ["softmask", "guided_gram", "guided_mean", "gram", "cnnmrf", "photo", "scale_mix"],
)
def test_every_method_keeps_the_tone_of_kept_skin(transfer, sitters, method):
    style = (
        ("dark", f"pale.png+{sitters}/dark")
        if method == "scale_mix"
        else ("dark", "pale")
    )
    done = transfer(*style, f"stylizer={method}", "color=regions", "keep_color=[skin]")
    assert done.code == 0
    assert np.abs(tone(sitters / "out.png") - DARK).max() < 16


def test_a_misspelt_region_is_refused_with_the_masks_that_are_there(transfer):
    refused = transfer("dark", "pale", "keep_color=[skn]")
    assert refused.code == 2 and len(refused.err.splitlines()) == 1
    assert "keep_color names 'skn'; did you mean 'skin'?" in refused.err
    assert "The masks found are" in refused.err


def test_a_region_that_a_photograph_does_not_show_is_passed_over_with_a_line(transfer):
    done = transfer("dark", "pale", "keep_color=[hair, skin]")
    assert done.code == 0
    assert "keep_color: the content shows no hair; the masks found are" in done.err


@pytest.mark.parametrize("words", [("keep_color=skin",), ("keep_color=[1]",)])
def test_what_is_no_list_of_names_is_refused(transfer, words):
    refused = transfer("dark", "pale", *words)
    assert refused.code == 2
    assert "keep_color must be a list of masks, as in [skin]" in refused.err


def test_a_method_without_a_photograph_has_no_colours_to_keep(program, sitters):
    words = (f"style={sitters}/pale.png", "aspect=1:1", "init=noise", "size=64")
    refused = program(*words, "stylizer=texture", "keep_color=[skin]")
    assert refused.code == 2
    assert "keep_color needs a content whose colours can be kept" in refused.err


@pytest.mark.parametrize(("change", "says"), [(0.8, ""), (1.2, "lighter")])
def test_a_line_begins_at_a_certain_change_of_lightness(change, says):
    def grey(lightness: float) -> Tensor:
        linear = ((lightness + 16) / 116) ** 3  # CIE 1976
        return torch.full((1, 3, 8, 8), 1.055 * linear ** (1 / 2.4) - 0.055)

    content = Picture(grey(40), torch.ones(1, 8, 8), ("skin",))
    config = OmegaConf.create({"keep_color": [], "aspect": None})
    hint = tone_hint(config, content, grey(40 + change * MUCH))
    assert (says in hint) if says else not hint


def test_specks_of_skin_are_not_spoken_of():
    speck = torch.zeros(1, 100, 100)
    speck[0, 0, :40] = 1
    dark, pale = (torch.full((1, 3, 100, 100), light) for light in (0.1, 0.9))
    config = OmegaConf.create({"keep_color": [], "aspect": None})
    assert not tone_hint(config, Picture(dark, speck, ("skin",)), pale)
    assert tone_hint(config, Picture(dark, torch.ones_like(speck), ("skin",)), pale)


@pytest.mark.slow
def test_a_batch_keeps_the_hint_of_each_picture_in_its_record(
    sitters, monkeypatch, capfd
):
    words = (
        *(f"content={sitters}/dark.png", f"style={sitters}/pale.png", "engine=inline"),
        *("stylizer=color_transfer", "color=regions", "masks=maps", f"size={SIDE}"),
        *(f"map={{skin: {sitters}/skin.png}}", f"out={sitters}/batch"),
        f"style.map={{skin: {sitters}/skin.png}}",
    )
    done = run_batch(words, monkeypatch, capfd)
    assert done.code == 0 and "Skin:" not in done.out + done.err
    (record,) = (sitters / "batch").rglob("*.json")
    (line,) = json.loads(record.read_text())["item"]["warnings"]
    assert line.startswith("Skin: much lighter")
