"""Maps drawn by hand: what users of neural doodles stumble over is handled or said."""

import numpy as np
import pytest
from outcomes import record, refused
from PIL import Image

WORDS = ("stylizer=doodle", "style=painting.png", "content=photo.png", "stage=masks")
RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)


def save(name, *colors, size=(64, 64), mode="RGB"):
    """A map of vertical stripes."""
    width, height = size
    edges = np.linspace(0, width, len(colors) + 1).astype(int)
    array = np.zeros((height, width, 3), np.uint8)
    for color, left, right in zip(colors, edges, edges[1:], strict=False):
        array[:, left:right] = color
    Image.fromarray(array).convert(mode).save(name)


def masks_of(run):
    """Names of the masks and what made them."""
    return {mask["name"]: mask for mask in record(run)["masks"]}


def test_maps_beside_the_pictures_are_found_and_named(program, photo, painting):
    save("photo_sem.png", RED, BLUE)
    save("painting_sem.png", BLUE, RED, size=(96, 64))
    run = program(*WORDS, "size=48")
    assert set(masks_of(run)) == {"#ff0000", "#0000ff"}
    assert "Maps: photo_sem.png, painting_sem.png" in run.out


def test_a_given_map_goes_before_the_one_beside(program, photo, painting):
    for name in ("photo_sem.png", "painting_sem.png"):
        save(name, RED, BLUE, size=(96, 64) if "painting" in name else (64, 64))
    save("mine.png", RED, BLUE, RED)
    run = program(*WORDS, "size=48", "map=mine.png")
    assert masks_of(run)["#ff0000"]["content"] == "drawn by hand: mine.png"


def test_maps_beside_pictures_are_left_alone_by_other_methods(program, photo, painting):
    save("photo_sem.png", RED, BLUE)
    save("painting_sem.png", BLUE, RED, size=(96, 64))
    run = program(*WORDS, "size=48", "find_maps=false", "masks=none")
    assert masks_of(run) == {}


def test_a_missing_map_is_said_with_its_name(program, photo, painting):
    save("photo_sem.png", RED, BLUE)
    run = program(*WORDS, "size=48")
    refused(run, "no map for 'painting.png'", "style.map=FILE", "painting_sem.png")


def test_a_region_may_be_black(program, photo, painting):
    save("photo_sem.png", BLACK, BLUE)
    save("painting_sem.png", BLUE, BLACK, size=(96, 64))
    assert set(masks_of(program(*WORDS, "size=48"))) == {"#000000", "#0000ff"}


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_maps_of_either_side_may_differ_in_mode_and_size(
    program, photo, painting, mode
):
    save("photo_sem.png", RED, BLUE, size=(200, 200), mode=mode)
    save("painting_sem.png", BLUE, RED, size=(48, 32))
    assert set(masks_of(program(*WORDS, "size=48"))) == {"#ff0000", "#0000ff"}


def test_smooth_borders_make_no_regions_of_their_own(program, photo, painting):
    save("photo_sem.png", RED, BLUE)
    with Image.open("photo_sem.png") as map_:
        map_.resize((200, 200), Image.Resampling.BICUBIC).save("photo_sem.png")
    save("painting_sem.png", BLUE, RED, size=(96, 64))
    assert set(masks_of(program(*WORDS, "size=48"))) == {"#ff0000", "#0000ff"}


def test_a_colour_of_one_side_alone_counts_as_its_nearest(program, photo, painting):
    save("photo_sem.png", RED, BLUE, (0, 0, 120))
    save("painting_sem.png", BLUE, RED, size=(96, 64))
    run = program(*WORDS, "size=48")
    assert set(masks_of(run)) == {"#ff0000", "#0000ff"}
    assert "only the map of the content has #000078: it counts as #0000ff" in run.err


def test_maps_without_a_common_colour_are_refused(program, photo, painting):
    save("photo_sem.png", RED, (255, 255, 0))
    save("painting_sem.png", BLACK, BLUE, size=(96, 64))
    refused(program(*WORDS, "size=48"), "share no colour")


def test_a_map_of_other_proportions_is_refused(program, photo, painting):
    save("photo_sem.png", RED, BLUE, size=(64, 32))
    save("painting_sem.png", BLUE, RED, size=(96, 64))
    refused(program(*WORDS, "size=48"), "'photo_sem.png' is 64x32 px", "512x512")


def test_the_command_line_has_the_last_word_over_what_the_method_chooses(
    program, photo, painting
):
    told = record(program(*WORDS, "size=48", "masks=none", "balance.content=0.9"))
    assert told["masks"] == [] and told["config"]["balance"]["content"] == 0.9


def test_an_analogy_paints_each_region_of_the_map_as_its_own_was_painted(program):
    rng = np.random.default_rng(0)
    strokes = rng.integers(0, 60, (64, 96, 3), np.uint8)
    strokes[:, :48, 0] += 180  # left of the painting all is red
    strokes[:, 48:, 1] += 180  # right of it green
    Image.fromarray(strokes).save("painting.png")
    save("painting_sem.png", RED, BLUE, size=(96, 64))
    save("plan.png", BLUE, RED, BLUE, size=(64, 64))
    run = program(
        *("stylizer=analogy", "style=painting.png", "map=plan.png", "out=a.png"),
        *("size=96", "stylizer.iterations=[6]"),
    )
    assert run.code == 0, run.err
    with Image.open("a.png") as picture:
        thirds = np.asarray(picture, float).reshape(96, 3, 32, 3)
    left, middle, right = thirds.mean((0, 2))
    for red, green, blue in (left, right):
        assert green > red + 80 and green > blue + 80
    assert middle[0] > middle[1] + 80
