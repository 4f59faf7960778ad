"""A network that paints at once: regions, tiles, blends."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from planted import TinyEncoder, generator

from stylize import FastPainter, Luminance, Picture, Tiles, without_masks
from stylize.color.luminance import luma
from stylize.fast.net import REACH, FastNet
from stylize.fast.painter import recolored, region_masks, shrunk

SMALL_TILES = Tiles(whole=160, side=144, overlap=48)


def random_net(regions: tuple[str, ...] = ("sky", "water")) -> FastNet:
    """Paints something, each region in another way."""
    torch.manual_seed(0)
    net = FastNet(regions)
    for name, weight in net.named_parameters():
        if name.endswith(".paint"):
            torch.nn.init.normal_(weight, std=0.3)
    torch.nn.init.normal_(net.last.weight, std=0.05)
    return FastNet(regions, net.state_dict())


def reddening_net() -> FastNet:
    """Leaves a picture blurred, and turns the sky, nothing else, red."""
    net = FastNet(["sky", "water"])
    state = {key: torch.zeros_like(weight) for key, weight in net.state_dict().items()}
    state[f"norms.{len(net.norms) - 1}.paint"][0, 16] = 4.0  # shift of channel 0
    state["last.weight"][0, 0, 2, 2] = 1.0
    return FastNet(["sky", "water"], state)


def picture(height: int, width: int, seed: int = 0) -> Picture:
    """Smooth, with sky above water."""
    coarse = torch.rand(1, 3, 5, 6, generator=generator(seed))
    size = (height, width)
    image = torch.nn.functional.interpolate(coarse, size, mode="bilinear")
    sky = torch.linspace(2, -1, height).clamp(0, 1)[:, None].expand(height, width)
    return Picture(image, torch.stack([sky, 1 - sky]), ("sky", "water"))


def painter(net: FastNet, **given) -> FastPainter:
    return FastPainter(TinyEncoder(), net, **given)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (67, 94), (49, 130)])
def test_a_picture_of_any_size_keeps_it(height, width):
    content = picture(height, width)
    image = painter(random_net())(content, [content]).image
    assert image.shape == content.image.shape
    assert 0 <= image.min() and image.max() <= 1
    assert (image - content.image).abs().mean() > 0.01


def test_a_region_takes_its_own_paint_and_swapped_masks_swap_it():
    grey = torch.full((1, 3, 64, 64), 0.5)
    content = Picture(grey, torch.zeros(2, 64, 64), ("sky", "water"))
    content.masks[0, :, :32] = 1
    content.masks[1, :, 32:] = 1
    swapped = replace(content, masks=content.masks.flip(0))
    for each, red, plain in ((content, 10, 54), (swapped, 54, 10)):
        image = painter(reddening_net())(each, [each]).image[0, :, 32]
        assert image[0, red] > 0.95 and image[0, plain] == pytest.approx(0.5)
        assert image[1:, red].tolist() == pytest.approx([0.5, 0.5])


def test_a_picture_of_one_region_alone_is_told_from_one_of_another():
    content = picture(64, 64)
    images = []
    for k in range(2):
        masks = torch.zeros(2, 64, 64)
        masks[k] = 1
        alone = replace(content, masks=masks)
        images.append(painter(random_net())(alone, [content]).image)
    assert (images[0] - images[1]).abs().mean() > 0.02


def test_what_the_network_does_not_know_counts_as_what_it_lies_within():
    person = torch.zeros(4, 8, 8)
    person[0], person[1, :4], person[2, :2] = 1, 1, 1
    person[3, 6:] = 0.5
    names = ("person", "skin", "mouth", "moon")
    content = Picture(torch.zeros(1, 3, 8, 8), person, names)
    masks = region_masks(content, ["skin", "person", "sky"])
    assert masks[:, 1, 0].tolist() == [1, 0, 0]  # the mouth is skin
    assert masks[:, 5, 0].tolist() == [0, 1, 0]
    assert masks[2].max() == 0
    assert region_masks(content, ["sky"]).max() == 0  # all is left to the rest


def test_soft_masks_that_add_up_to_one_stay_as_they_are():
    content = picture(40, 24)
    masks = region_masks(content, ["water", "sky"])
    assert torch.allclose(masks, content.masks.flip(0))


def test_no_pixel_further_than_the_reach_matters():
    net, content = random_net(), picture(128, 160)
    _, moments = net(content.image, content.masks[None])
    other = content.image.clone()
    other[..., 100] = 1 - other[..., 100]
    first, second = (
        net(image, content.masks[None], moments)[0] for image in (content.image, other)
    )
    changed = (first - second).abs().amax(dim=(0, 1, 2)).nonzero()[:, 0]
    assert 100 - REACH < changed.min() < 80 and changed.max() < 100 + REACH


def test_tiles_are_the_whole_picture_painted_with_the_same_statistics():
    net, content = random_net(), picture(256, 320)
    painted = painter(net, tiles=SMALL_TILES)(content, [content])
    small = shrunk(content, SMALL_TILES.whole)
    _, moments = net(small.image, small.masks[None])
    whole, _ = net(content.image, content.masks[None], moments)
    assert painted.levels[0].tiles > 4
    assert torch.allclose(painted.image, whole, atol=1e-4)


def test_tiles_look_as_the_picture_in_one_piece_does():
    net, content, other = random_net(), picture(250, 330), picture(250, 330, seed=1)
    tiled = painter(net, tiles=SMALL_TILES)(content, [content]).image
    whole, another = (painter(net)(each, [each]).image for each in (content, other))
    assert (tiled - whole).abs().mean() < 0.2 * (tiled - another).abs().mean()


def test_each_tile_is_told_of():
    content, seen = picture(250, 330), []
    painter(random_net(), tiles=SMALL_TILES)(content, [content], on_step=seen.append)
    assert [step.iteration for step in seen] == list(range(1, len(seen) + 1))
    assert seen[-1].iterations == len(seen) > 4


def test_strength_blends_with_the_content():
    content = picture(64, 64)
    whole = painter(random_net())(content, [content]).image
    half = painter(random_net(), strength=0.5)(content, [content]).image
    assert torch.allclose(half, (whole + content.image) / 2, atol=1e-6)
    none = painter(random_net(), strength=0.0)(content, [content]).image
    assert none.equal(content.image)


def test_luminance_alone_is_painted_in_the_colours_of_the_content():
    content = picture(64, 64)
    content = replace(content, image=0.4 + 0.2 * content.image)  # there is room
    image = painter(random_net(), color=Luminance())(content, [content]).image
    light, given = luma(image), luma(content.image)
    assert (light - given).abs().mean() > 0.01
    inside = ((image > 0.01) & (image < 0.99)).all(dim=1, keepdim=True)
    assert inside.float().mean() > 0.5
    chroma = ((image - light) - (content.image - given)).abs()
    assert chroma[inside.expand_as(chroma)].max() < 1e-5


def test_colours_of_a_large_picture_are_found_in_a_small_one():
    content = picture(250, 330)
    whole, found = (
        recolored(Luminance(), content, [content], side).image for side in (400, 160)
    )
    assert (whole - content.image).abs().mean() > 0.05
    assert (whole - found).abs().mean() < 1 / 255


def test_the_same_bits_come_out_on_any_number_of_threads():
    content, threads = picture(67, 95), torch.get_num_threads()
    found = []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            found.append(painter(random_net())(content, [content]).image)
    finally:
        torch.set_num_threads(threads)
    assert found[0].equal(found[1]) and found[0].equal(found[2])


def test_a_picture_without_masks_is_painted_as_the_whole_style_is():
    content = picture(64, 64)
    bare = without_masks(content.image)
    image = painter(random_net())(bare, [bare]).image
    expected, _ = random_net()(content.image, torch.zeros(1, 2, 64, 64))
    assert image.equal(expected)


def test_a_second_style_is_refused():
    content = picture(64, 64)
    with pytest.raises(ValueError, match="paints in one style, got 2"):
        painter(random_net())(content, [content, content])


def test_tiles_that_overlap_less_than_the_network_looks_are_refused():
    with pytest.raises(ValueError, match="overlap by 48 px"):
        painter(random_net(), tiles=Tiles(overlap=32))
