"""Resume, strength, rare regions: what a person steers a painting with."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch
import torch.nn.functional as F
from planted import TinyEncoder, generator
from torch import Tensor

from stylize import (
    MRF,
    Adam,
    Content,
    Encoded,
    Every,
    Picture,
    Pyramid,
    Recolor,
    Step,
    Stylizer,
    TotalVariation,
    without_masks,
)
from stylize.encoders.encoder import encode
from stylize.matching.mask_guidance import under_represented_regions
from stylize.pyramid import resize

LAYERS = ["relu3_1", "relu4_1"]


class Killed(Exception):
    """The process ends here."""


def painter(**options) -> Stylizer:
    terms = {
        "style": MRF(1.0, LAYERS, 20.0, blocks={"relu3_1": 3.0}),
        "content": Content(0.3, ["relu4_1"]),
        "smoothness": TotalVariation(0.01),
    }
    settings = {
        "terms": terms,
        "pyramid": Pyramid(2, smallest=24),
        "iterations": [14, 14],
        "color": Recolor(),
    }
    return Stylizer(TinyEncoder(), **(settings | options))


def smooth(seed: int, height: int = 72, width: int = 64) -> Tensor:
    coarse = torch.rand(1, 3, height // 8, width // 8, generator=generator(seed))
    return resize(coarse, height, width)


def pair() -> tuple[Picture, list[Picture]]:
    return without_masks(smooth(1)), [without_masks(smooth(2))]


def killed_at(stop: tuple[int, int], stylizer: Stylizer, start=None) -> dict | None:
    """What a painting that is killed after that level and iteration has kept."""
    kept: list[dict] = []

    def on_step(step: Step) -> None:
        if (step.level, step.iteration) == stop:
            raise Killed

    with pytest.raises(Killed):
        stylizer(*pair(), start, on_step, save=lambda s: kept.append(copy.deepcopy(s)))
    return kept[-1] if kept else None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stop", "options"),
    [
        ((0, 5), {}),
        ((0, 12), {}),
        ((1, 3), {}),
        ((1, 14), {}),
        ((1, 12), {"optimizer": Adam(half_life=5)}),
        ((0, 12), {"strength": 0.5}),
        ((1, 12), {"terms": {"style": MRF(1.0, LAYERS, 9.0, refresh=Every(7, True))}}),
    ],
)
def test_a_killed_painting_goes_on_to_the_same_picture_bit_for_bit(stop, options):
    stylizer = painter(**options)
    whole = stylizer(*pair())
    state = killed_at(stop, stylizer)
    steps: list[Step] = []
    resumed = stylizer(*pair(), None, steps.append, resume=state)
    assert resumed.image.equal(whole.image)
    assert [r.losses for r in resumed.levels] == [r.losses for r in whole.levels]
    assert [r.searches for r in resumed.levels] == [r.searches for r in whole.levels]
    assert (state is None) == (stop == (0, 5))
    if state is not None:  # and it does not begin anew
        assert (steps[0].level, steps[0].iteration) >= (0, 11)


def test_a_painting_from_noise_goes_on_though_its_generator_has_moved():
    stylizer = painter()
    whole = stylizer(*pair(), generator(5))
    state = killed_at((0, 12), stylizer, generator(5))
    assert stylizer(*pair(), generator(99), resume=state).image.equal(whole.image)


def test_a_finished_painting_is_not_painted_again():
    kept: list[dict] = []
    stylizer = painter(finish=lambda image, content: image.flip(3))
    whole = stylizer(*pair(), save=lambda state: kept.append(copy.deepcopy(state)))
    steps: list[Step] = []
    again = stylizer(*pair(), None, steps.append, resume=kept[-1])
    assert not steps and again.image.equal(whole.image)
    assert again.levels == whole.levels


def test_no_strength_returns_the_content_and_full_strength_changes_nothing():
    content, styles = pair()
    nothing = painter(strength=0.0, finish=lambda image, own: 1 - image)
    assert nothing(content, styles).image.equal(content.image)
    assert painter(strength=1.0)(content, styles).image.equal(
        painter()(content, styles).image
    )


@pytest.mark.slow
def test_the_distance_from_the_content_grows_with_the_strength():
    content, styles = pair()

    def moved(strength: float) -> float:
        image = painter(strength=strength)(content, styles).image
        return float((image - content.image).square().mean().sqrt())

    curve = torch.tensor([moved(s) for s in (0.1, 0.25, 0.5, 0.75, 1.0)])
    assert (curve.diff() > 0).all(), curve
    assert curve[0] < 0.3 * curve[-1] and curve[2] < 0.75 * curve[-1]


def region_pair(side: int) -> tuple[Picture, Picture]:
    """A content that is all of one region, and a style with a square of it."""
    content = torch.rand(1, 3, 64, 64, generator=generator(3))
    style = torch.rand(1, 3, 64, 64, generator=generator(4))
    masks = torch.zeros(2, 64, 64)
    masks[0] = 1
    shown = torch.zeros(2, 64, 64)
    shown[0, :side, :side] = 1
    shown[1] = 1 - shown[0]
    names = ("person", "background")
    return Picture(content, masks, names), Picture(style, shown, names)


def encoded(picture: Picture) -> Encoded:
    return encode(TinyEncoder(), picture, LAYERS)


def used(coverage: float, side: int = 12) -> tuple[int, tuple[str, ...]]:
    """Distinct patches that the matches use, and the under-represented regions."""
    content, style = (encoded(picture) for picture in region_pair(side))
    objective = MRF(1.0, LAYERS, 20.0, coverage=coverage).prepare(content, [style])
    objective.loss(content, 0)
    found = objective.matches.under_represented().values()
    names = {region.name for regions in found for region in regions}
    return len(objective.matches.layers["relu3_1"].nearest.unique()), tuple(names)


def test_an_under_represented_region_spreads_instead_of_repeating_a_few_patches():
    strict, none = used(0.0)
    relaxed, named = used(6.0)
    assert not none and named == ("person",)
    assert strict <= 49 and relaxed > 2 * strict  # of 30 x 30 patches


def test_a_region_as_large_as_the_contents_is_not_under_represented():
    assert used(6.0, side=40) == used(0.0, side=40)


def test_a_region_needs_patches_in_proportion_to_the_root_of_its_own():
    content, style = torch.ones(1, 100, 100), torch.zeros(1, 50, 50)
    style[0, :10, :15] = 1  # 150 patches for 10 000
    (found,) = under_represented_regions(["sky"], content, [style], 3.0)
    assert (found.patches, found.needed, found.content) == (150, 300, 10000)
    assert found.kept == 0.5
    assert not under_represented_regions(["sky"], content, [style, style], 3.0)
    assert not under_represented_regions(["sky"], content, [style], 0.0)
    assert not under_represented_regions(
        ["eyes"], content[:, :9, :9], [content[:, :3, :3]], 3.0
    )


def halves(image: Tensor, swapped: bool) -> Picture:
    masks = torch.zeros(2, *image.shape[2:])
    masks[0, :, : image.shape[3] // 2] = 1
    masks[1] = 1 - masks[0]
    return Picture(image, masks.flip(0) if swapped else masks, ("left", "right"))


def crossing(**options) -> dict[str, float]:
    """Share of matches across the border where texture alone says to cross it."""
    half = torch.rand(1, 3, 48, 24, generator=generator())
    image = torch.cat([half, half], dim=3)
    term = MRF(1.0, LAYERS, **({"gamma": 20.0} | options))
    stylizer = Stylizer(TinyEncoder(), {"style": term}, Pyramid(1), [1])
    (report,) = stylizer(halves(image, True), [halves(image, False)]).levels
    return report.crossing


def test_each_layer_has_its_own_gamma():
    shares = crossing(gamma={"relu3_1": 20.0, "relu4_1": 0.0})
    assert shares["relu3_1"] < 0.1 and shares["relu4_1"] > 0.4
    assert crossing(gamma={"relu3_1": 20.0, "relu4_1": 20.0}) == crossing()


def test_a_mask_without_weight_does_not_steer_and_unknown_ones_are_passed_over():
    off = crossing(mask_weights={"left": 0.0, "right": 0.0, "sky": 9.0})
    assert off == crossing(gamma=0.0)
    assert crossing(mask_weights={"sky": 9.0}) == crossing()


def test_adams_rate_falls_by_half_as_it_says():
    pixels = torch.zeros(1, 3, 4, 4, requires_grad=True)
    optimizer = Adam(0.1, half_life=10)(pixels)
    rates = []
    for _ in range(21):
        optimizer.zero_grad()
        F.mse_loss(pixels, torch.ones_like(pixels)).backward()
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == pytest.approx(0.05) and rates[20] == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: painter(strength=1.5), r"strength must lie in \[0, 1\], got 1.5"),
        (lambda: painter(strength=-0.1), r"strength must lie in \[0, 1\], got -0.1"),
        (lambda: MRF(1.0, LAYERS, {"relu3_1": 2.0}), "no number for layer relu4_1"),
        (
            lambda: MRF(1.0, LAYERS, {"relu3_1": -1.0, "relu4_1": 1.0}),
            "gamma must be a finite number >= 0, got -1",
        ),
        (
            lambda: MRF(1.0, LAYERS, 1.0, coverage=-1.0),
            "coverage must be a finite number",
        ),
        (
            lambda: MRF(1.0, LAYERS, 1.0, mask_weights={"eyes": -2.0}),
            "mask weight of eyes must be a finite number >= 0, got -2",
        ),
        (lambda: Adam(half_life=-1), "half_life must be a finite number >= 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_reports_compare_as_values():
    report = painter(iterations=[2])(*pair()).levels[0]
    assert report == dataclasses.replace(report)
