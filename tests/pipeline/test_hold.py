"""Matches held to the content, and how firmly a run holds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from PIL import Image
from planted import generator, seen
from torch import Tensor

import automask.pipeline.paint
from automask.cli import command_line
from automask.config import config_folder, register
from automask.pipeline.hold_choice import chosen_hold
from automask.pipeline.run_folder import paint_to_folder
from stylize import MRF, Encoded, Hold
from stylize.encoders.encoder import Moments

LAYERS = ["relu3_1", "relu4_1"]


def pictures() -> tuple[Encoded, Encoded, Encoded]:
    """A content, a style, and what painting has drifted to."""
    made = [torch.rand(1, 3, 48, 56, generator=generator(k)) for k in (1, 2, 3)]
    content, style, drifted = map(seen, made)
    return content, style, drifted


def matches(hold: Hold | None, current: Encoded) -> list[Tensor]:
    content, style, _ = pictures()
    objective = MRF(1.0, LAYERS, 0.0, hold=hold).prepare(content, [style])
    objective.loss(current, 0)
    return [layer.nearest for layer in objective.matches.layers.values()]


def test_held_in_full_a_patch_is_matched_by_the_content_alone():
    content, _, drifted = pictures()
    full = Hold(share=1.0, calm=1.0)
    for found, own in zip(matches(full, drifted), matches(None, content), strict=True):
        assert found.equal(own)


def test_held_by_nothing_matches_are_the_papers_bit_for_bit():
    _, _, drifted = pictures()
    for free, paper in zip(
        matches(Hold(share=0.0), drifted), matches(None, drifted), strict=True
    ):
        assert free.equal(paper)


def test_the_more_is_held_the_more_matches_are_the_contents():
    content, _, drifted = pictures()
    own = matches(None, content)[0]
    kept = [
        float((matches(Hold(share, calm=1.0), drifted)[0] == own).float().mean())
        for share in (0.0, 0.5, 0.9)
    ]
    assert kept[0] < kept[1] < kept[2]


def test_shapes_are_held_and_calm_places_are_free():
    image = torch.full((1, 3, 48, 48), 0.5)
    image[..., :24] = torch.rand(1, 3, 48, 24, generator=generator(4))
    alpha = Hold(share=0.8, calm=0.25, structure=0.3)(seen(image), "relu3_1")
    assert alpha.shape == (24, 24)
    assert alpha[:, :8].mean() > 0.75 and alpha[:, 16:].max() < 0.21
    assert alpha.max() <= 0.8 and alpha.min() >= 0.2 - 1e-6


def test_a_tiles_shapes_are_those_of_the_whole_picture():
    """A calm tile of a picture full of shapes is calm."""
    whole = seen(torch.rand(1, 3, 48, 48, generator=generator(5)))
    calm = seen(0.5 + 0.02 * torch.rand(1, 3, 48, 48, generator=generator(6)))
    features = whole.features["relu3_1"]
    moments = {
        "relu3_1": Moments(
            features.mean((2, 3))[0, :, None, None], whole.variance("relu3_1")
        )
    }
    alone, part = (
        Hold()(calm, "relu3_1"),
        Hold()(replace(calm, moments=moments), "relu3_1"),
    )
    assert part.mean() < 0.3 * alone.mean()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"share": 1.5}, "share of hold"),
        ({"calm": -0.1}, "calm of hold"),
        ({"structure": float("nan")}, "structure of hold"),
    ],
)
def test_numbers_out_of_range_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        Hold(**options)


def painting(tmp_path, kind: str) -> str:
    """Brushwork all over; or flat areas with a few lines."""
    rng = np.random.default_rng(0)
    pixels = np.full((384, 512, 3), 120.0)
    pixels[:, 250:] += 60
    if kind == "brushed":
        pixels += rng.normal(0, 30, (384, 512, 1))
    else:
        pixels[60:66] = 0
        pixels[:, 300:305] = 0
    path = tmp_path / f"{kind}.png"
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return str(path)


def test_flat_areas_and_lines_are_held_loosely_and_brushwork_firmly(tmp_path):
    drawn, brushed = (painting(tmp_path, kind) for kind in ("drawn", "brushed"))
    assert chosen_hold([brushed]).value == 1 and not chosen_hold([brushed]).why
    assert chosen_hold([drawn]).value == 0.5
    assert "flat areas" in chosen_hold([drawn]).why
    assert 0.5 < chosen_hold([drawn, brushed]).value <= 1


def test_a_picture_of_one_colour_is_no_drawing(tmp_path):
    path = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), "grey").save(path)
    assert chosen_hold([str(path)]).value == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "value", "share", "weight"),
    [([], 0.5, 0.4, 0.25), (["hold=1"], None, 0.8, 0.5), (["hold=0"], None, 0.0, 0.0)],
)
def test_a_run_says_what_it_chose_and_why_and_takes_what_is_given(
    tmp_path, capsys, monkeypatch, words, value, share, weight
):
    built = []
    load = automask.pipeline.paint.load_painter

    def loaded(config, *rest):
        built.append(config)
        return load(config, *rest)

    monkeypatch.setattr(automask.pipeline.paint, "load_painter", loaded)
    photo, style = (painting(tmp_path, kind) for kind in ("brushed", "drawn"))
    words += [f"content={photo}", f"style={style}", "size=48", "masks=none"]
    words += [f"out={tmp_path / 'out'}", "stylizer.iterations=[2]"]
    register()
    with initialize_config_dir(str(config_folder().absolute()), version_base="1.3"):
        config = compose("run", command_line.rewrite(words))
    result = paint_to_folder(config, "again")
    said = (
        "Hold: 0.5, since the style has flat areas and lines" in capsys.readouterr().out
    )
    chosen = json.loads((result.folder / "run.json").read_text())["chosen"]
    assert said == (value is not None)
    assert chosen.get("hold", {}).get("value") == value
    terms = built[0].stylizer.terms
    assert terms.style.hold.share == pytest.approx(share)
    assert terms.content.weight == pytest.approx(weight)
