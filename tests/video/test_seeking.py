"""A part of a clip is found by seeking, with the very frames of the whole."""

import gc
import weakref
from fractions import Fraction

import numpy as np
import pytest
from clip_files import texture, write_clip

from automask.video.decoding import Decoded, decoded
from automask.video.reading import Wanted, frames_of, scanned

EXACT = Wanted(even=False)
RATE, COUNT = 25, 120
OPEN = {"x264-params": "open-gop=1:keyint=20:min-keyint=20:bframes=3:scenecut=0"}
MPEG2 = {"g": "15", "bf": "2"}
CLIPS = {
    "open.mp4": ("libx264", OPEN, 0),
    "open.mkv": ("libx264", OPEN, 0),
    "late.ts": ("libx264", OPEN, 3),
    "reordered.avi": ("libx264", OPEN, 0),
    "a.webm": ("libvpx-vp9", {"g": "20", "deadline": "realtime"}, 0),
    "late.mpeg2.ts": ("mpeg2video", MPEG2, 7),
    "mpeg4.ts": ("mpeg4", MPEG2, 0),
    "a.mpg": ("mpeg2video", MPEG2, 0),
    "refreshed.mp4": ("libx264", {"x264-params": "intra-refresh=1:keyint=20"}, 0),
    "unsought.swf": ("flv", {}, 0),
}


def moving(file, codec, options, begin, count=COUNT):
    base = Fraction(1, RATE)
    return write_clip(
        file,
        [np.roll(texture(1, 48, 64), 3 * n, axis=1) for n in range(count)],
        times=[begin * RATE + n for n in range(count)],
        base=base,
        rate=RATE,
        codec=codec,
        options=options,
    )


@pytest.fixture
def seen(monkeypatch):
    """The time of each frame that is decoded."""
    times, real = [], Decoded._time

    def noted(self, frame, last):
        times.append(real(self, frame, last))
        return times[-1]

    monkeypatch.setattr(Decoded, "_time", noted)
    return times


@pytest.mark.parametrize("name", CLIPS)
def test_from_any_start_the_frames_and_times_are_those_of_the_whole(tmp_path, name):
    file = str(moving(tmp_path / name, *CLIPS[name]))
    whole = scanned(file, EXACT)
    count = len(whole.times)
    assert count + whole.broken == COUNT and whole.broken <= 2 * (name == "a.mpg")
    frames = [*frames_of(whole, 0, count)]
    for first in (1, 29, 30, 31, 59, 62, 90, count - 2):
        start = (whole.times[first] - whole.times[0]) * whole.time_base
        part = scanned(file, Wanted(start=start, even=False))
        assert part.times == whole.times[first:]
        some = [*frames_of(part, 0, 2), *frames_of(whole, first, 2)]
        assert np.array_equal(some, [*frames[first : first + 2]] * 2)


@pytest.mark.parametrize("name", [*CLIPS][:7])
def test_a_late_start_does_not_decode_all_before_it(tmp_path, name, seen):
    codec, options, begin = CLIPS[name]
    file = str(moving(tmp_path / name, codec, options, begin, 400))
    clip = scanned(file, Wanted(start=Fraction(12), end=Fraction(13), even=False))
    assert len(clip.times) == RATE
    assert len(seen) < 150
    seen.clear()
    assert len([*frames_of(clip, 0, 2)]) == 2
    assert len(seen) < 100


@pytest.mark.parametrize("name", ["open.mp4", "late.ts", "unsought.swf"])
def test_a_start_beyond_the_end_says_where_that_is(tmp_path, name):
    file = str(moving(tmp_path / name, *CLIPS[name]))
    with pytest.raises(ValueError, match=r"start=99 is beyond .*, at 4\.760 s"):
        scanned(file, Wanted(start=Fraction(99)))


def test_nothing_is_left_in_memory_of_a_clip_that_was_read(tmp_path):
    file = str(moving(tmp_path / "a.mp4", *CLIPS["open.mp4"]))
    gc.disable()  # what only the collector finds stays too long
    try:
        with decoded(file, 512 * 60) as source:
            assert next(iter(source))
        kept = weakref.ref(source)
        del source
        assert kept() is None
    finally:
        gc.enable()


def test_frames_without_times_are_refused_with_a_way_to_give_them(tmp_path):
    file = moving(tmp_path / "a.h264", "libx264", OPEN, 0, 5)
    with pytest.raises(ValueError, match="does not say when its frames are shown"):
        scanned(str(file), EXACT)
