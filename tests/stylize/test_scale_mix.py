"""Two styles in one: strokes of the one, shapes of the other."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from planted import TinyEncoder, noise, waves
from torch import Tensor

from automask.config import config_folder, register
from stylize import LBFGS, Gram, Pyramid, ScaleMix, Stylizer, without_masks
from stylize.pyramid import resize

FINE = {"pixels": 0.1, "relu3_1": 1.0}


class Echo:
    """A stylizer that gives its first style back."""

    def __init__(self, encoder: TinyEncoder) -> None:
        self.encoder = encoder

    def __call__(self, content, styles, start=None):
        return styles


def blobs(seed: int) -> Tensor:
    """(1, 3, 96, 96) broad patches of light and dark."""
    return resize(0.5 + 0.5 * (noise(seed, side=6) - 0.5), 96, 96)


def mixed(coarse: Tensor, fine: Tensor) -> Tensor:
    first = partial(
        Stylizer,
        terms={"fine": Gram(1.0, FINE)},
        pyramid=Pyramid(1),
        iterations=[60],
        optimizer=LBFGS(preconditioner=0),
    )
    mix = ScaleMix(TinyEncoder(), first, Echo)
    styles = [without_masks(coarse), without_masks(fine)]
    (style,) = mix(without_masks(noise()), styles, start=None)
    return style.image


def correlation(a: Tensor, b: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1])


def test_the_mixed_style_has_the_shapes_of_one_and_the_strokes_of_the_other():
    stripes = 0.7 * (waves(False, side=96) - 0.5)
    coarse, fine = blobs(3), blobs(4) + stripes
    style = mixed(coarse, fine)
    broad, ours, theirs = (resize(image, 6, 6) for image in (style, coarse, fine))
    assert correlation(broad, ours) > 0.8 > 0.4 > abs(correlation(broad, theirs))
    across, along = (style.diff(dim=d).square().mean() for d in (3, 2))
    wanted = fine.diff(dim=3).square().mean()
    assert across > 0.5 * wanted and coarse.diff(dim=3).square().mean() < 0.2 * wanted
    assert across > 1.5 * along  # the stripes run down


def test_one_style_alone_is_refused():
    mix = ScaleMix(TinyEncoder(), Echo, Echo)
    with pytest.raises(ValueError, match="takes two styles, got 1: style=COARSE.FINE"):
        mix(without_masks(noise()), [without_masks(noise())])


def test_any_method_may_paint_with_the_mixed_style():
    register()
    words = ["style=monet", "content=astronaut", "stylizer=scale_mix"]
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        usual = compose("run", words)
        other = compose("run", [*words, "stylizer@stylizer.then=softmask"])
    for config, term in ((usual, "Gram"), (other, "MRF")):
        mix = instantiate(config.stylizer, encoder=TinyEncoder(), _convert_="all")
        assert isinstance(mix, ScaleMix)
        assert type(mix.then(encoder=mix.encoder).terms["style"]).__name__ == term
        fine = mix.fine(encoder=mix.encoder)
        assert fine.color.mode == "pca" and fine.optimizer == LBFGS(preconditioner=0)
