"""Which frame becomes the next key frame."""

from __future__ import annotations

from planted_clips import Layer, PlantedClip, disc, pan, still
from test_flow import textured

from automask.video.flow import motions
from automask.video.look_ahead import key_of, looked

SIDE = 96


def key(clip, *, most=24, much=0.3):
    """Number of the first key frame after the clip's first frame."""
    window = ()
    for n in range(1, len(clip)):
        window = looked(window, *motions(clip[n], clip[n - 1]))
        found = key_of(window, most=most, much=much)
        if found is not None:
            return 1 + found
    return None


def panned(speed, count=12):
    return PlantedClip(
        [Layer(textured(1, 300), motion=pan(speed))], (SIDE, SIDE), count
    )


def test_a_frame_of_which_much_is_new_is_the_next_key_frame():
    """At half the speed it takes twice as many frames."""
    assert key(panned(-8)) in (3, 4, 5)
    assert key(panned(-4)) in (6, 7, 8, 9)


def test_where_little_is_new_the_key_frame_is_as_far_off_as_may_be():
    still_clip = PlantedClip([Layer(textured(1, SIDE))], (SIDE, SIDE), 8)
    assert key(still_clip, most=6) == 6
    assert key(panned(-0.5, 9), most=7) == 7
    assert key(still_clip, most=20) is None


def test_what_comes_and_goes_is_painted_while_it_is_there():
    """A disc a third as large as the frame crosses it within few frames."""

    def across(n):
        return 1.0, 24.0 * n - 90, 9.0

    clip = PlantedClip(
        [
            Layer(textured(1, 120), motion=still),
            Layer(
                textured(2, 60), disc(60, 60, 28), lambda n: (1.0, 24.0 * n - 90, 9.0)
            ),
        ],
        (SIDE, SIDE),
        12,
    )
    there = [n for n in range(12) if float((clip.top(n) == 1).float().mean()) > 0.15]
    assert 1 <= len(there) <= 5
    assert key(clip, much=0.9) in there


def test_a_border_that_comes_and_goes_is_painted_while_it_is_there():
    """A camera swings out and back: from neither end is seen what it showed."""
    clip = PlantedClip(
        [Layer(textured(1, 140), motion=lambda n: (1.0, -min(n, 10 - n) * 1.5, 0.0))],
        (SIDE, SIDE),
        11,
    )
    assert key(clip) in (4, 5, 6)


def test_without_anything_new_nothing_is_unseen():
    window = looked((), *motions(panned(0)[1], panned(0)[0]))
    assert window[0].new == window[0].missed == window[0].passing == 0
