"""Clips as they are read: colours, times, rotation, parts, and what is none."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from batch_jobs import ENVIRON
from clip_files import flat, texture, write_clip

from automask.video.reading import Wanted, frames_of, scanned

COLORS = ((200, 40, 60), (30, 180, 220), (120, 120, 120), (250, 240, 10), (5, 8, 12))
EXACT = Wanted(even=False)


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("format", ["yuv420p", "yuv444p10le"])
def test_colours_come_back_whatever_the_matrix_the_range_and_the_bits(
    tmp_path, matrix, full, format
):
    file = tmp_path / "a.mkv"
    write_clip(file, flat(*COLORS), matrix=matrix, full=full, format=format)
    clip = scanned(str(file), EXACT)
    assert clip.deep == (format == "yuv444p10le")
    most = 65535 if clip.deep else 255
    for color, frame in zip(COLORS, frames_of(clip, 0, 5), strict=True):
        seen = frame[20, 30].astype(float) / most * 255
        assert np.abs(seen - color).max() <= 2.5, (color, seen)


def test_a_small_clip_that_does_not_say_so_is_bt601_and_a_large_one_bt709(tmp_path):
    for height, matrix in ((48, "bt601"), (720, "bt709")):
        file = tmp_path / f"{height}.mkv"
        frames = flat(*COLORS[:2], height=height)
        write_clip(file, frames, matrix=matrix, tagged=False)
        clip = scanned(str(file), EXACT)
        for color, frame in zip(COLORS, frames_of(clip, 0, 2), strict=False):
            assert np.abs(frame[20, 30].astype(float) - color).max() <= 2.5


def test_times_of_frames_are_exact_though_they_vary(tmp_path):
    times = [0, 20, 50, 51, 90, 300]
    frames = [texture(0)] * 6
    clip = scanned(str(write_clip(tmp_path / "a.mp4", frames, times=times)), EXACT)
    assert [(t - clip.times[0]) * clip.time_base for t in clip.times] == [
        Fraction(time, 600) for time in times
    ]


def test_a_part_of_a_clip_begins_and_ends_where_it_was_said(tmp_path):
    frames = flat(*((number * 8,) * 3 for number in range(30)))
    file = str(write_clip(tmp_path / "a.mp4", frames))
    clip = scanned(file, Wanted(start=Fraction(1, 3), end=Fraction(2, 3), even=False))
    assert len(clip.times) == 10
    seen = [int(frame[9, 9, 0]) for frame in frames_of(clip, 0, 10)]
    assert np.abs(np.array(seen) - 8 * np.arange(10, 20)).max() <= 2


def test_frames_from_the_middle_are_those_of_the_whole(tmp_path):
    frames = [np.roll(texture(1), 3 * number, axis=1) for number in range(60)]
    clip = scanned(str(write_clip(tmp_path / "a.mp4", frames)), EXACT)
    whole = [*frames_of(clip, 0, 60)]
    for first in (1, 37, 59):
        some = [*frames_of(clip, first, min(5, 60 - first))]
        assert all(
            np.array_equal(a, b) for a, b in zip(some, whole[first:], strict=False)
        )


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("across", [1, -1])
@pytest.mark.parametrize("down", [1, -1])
def test_a_turned_or_mirrored_clip_is_shown_upright(tmp_path, turned, across, down):
    """A pixel in column x and row y is shown where ISO/IEC 14496-12 says.

    That is column a x + c y + tx and row b x + d y + ty.
    """
    upright = texture(2)
    height, width = upright.shape[1::-1] if turned else upright.shape[:2]
    y, x = np.mgrid[:height, :width]
    a, b, c, d = (0, down, across, 0) if turned else (across, 0, 0, down)
    column, row = a * x + c * y, b * x + d * y
    stored = upright[row - row.min(), column - column.min()]
    file = write_clip(tmp_path / "a.mp4", [stored] * 3)
    content = bytearray(file.read_bytes())
    at = content.index(b"tkhd") + 44  # the track's matrix, of version 0
    planted = np.array([a << 16, b << 16, 0, c << 16, d << 16], ">i4").tobytes()
    assert (
        content[at : at + 20] == np.array([1 << 16, 0, 0, 0, 1 << 16], ">i4").tobytes()
    )
    content[at : at + 20] = planted
    file.write_bytes(content)
    clip = scanned(str(file), EXACT)
    assert (clip.height, clip.width) == upright.shape[:2]
    shown = next(frames_of(clip, 0, 1)).astype(int)
    assert np.abs(shown - upright).mean() < 4


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_rotation_that_another_program_wrote_is_undone(tmp_path, angle):
    upright = texture(2)
    file = write_clip(
        tmp_path / "a.mp4", [np.rot90(upright, -angle // 90)] * 3, rotation=angle
    )
    clip = scanned(str(file), EXACT)
    assert np.abs(next(frames_of(clip, 0, 1)).astype(int) - upright).mean() < 4


def test_sizes_scale_and_are_even_where_the_codec_wants_it(tmp_path):
    file = str(write_clip(tmp_path / "a.mkv", flat(*COLORS[:2], height=50, width=90)))
    clip = scanned(file, Wanted(size=45))
    assert (clip.width, clip.height) == (44, 24)
    assert any("44x24" in note for note in clip.notes)
    assert next(frames_of(clip, 0, 1)).shape == (24, 44, 3)


def test_what_is_broken_in_the_middle_is_left_out_and_counted(tmp_path):
    frames = [np.roll(texture(3), 5 * number, axis=0) for number in range(40)]
    file = write_clip(tmp_path / "a.mp4", frames)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1500] = bytes(1500)
    file.write_bytes(content)
    clip = scanned(str(file), EXACT)
    assert clip.broken >= 1
    assert 20 <= len(clip.times) < 40
    assert len([*frames_of(clip, 0, len(clip.times))]) == len(clip.times)


def test_a_truncated_clip_is_read_as_far_as_it_goes(tmp_path):
    frames = [np.roll(texture(3), 5 * number, axis=0) for number in range(40)]
    file = write_clip(tmp_path / "a.mkv", frames)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert 5 < len(scanned(str(file), EXACT).times) < 40


def test_a_stream_that_begins_in_the_middle_of_a_clip_is_passed_over(tmp_path):
    frames = [np.roll(texture(3), 5 * number, axis=0) for number in range(20)]
    parts = [
        write_clip(tmp_path / "a.ts", frames),
        write_clip(tmp_path / "b.ts", frames, times=range(400, 800, 20), sound=True),
    ]
    file = tmp_path / "both.ts"
    file.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert len(scanned(str(file), EXACT).times) >= 38


def test_what_is_no_film_is_refused_with_what_it_is(tmp_path):
    text = tmp_path / "a.mp4"
    text.write_text("not a film")
    with pytest.raises(ValueError, match="is no clip that FFmpeg can read"):
        scanned(str(text), EXACT)
    empty = tmp_path / "b.mp4"
    empty.touch()
    with pytest.raises(ValueError, match="is no clip"):
        scanned(str(empty), EXACT)
    whole = write_clip(tmp_path / "c.mp4", flat(*COLORS), sound=True)
    import av

    with av.open(str(whole)) as source, av.open(str(tmp_path / "d.m4a"), "w") as out:
        heard = source.streams.audio[0]
        stream = out.add_stream_from_template(heard, opaque=True)
        for packet in source.demux(heard):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    with pytest.raises(ValueError, match="holds no film"):
        scanned(str(tmp_path / "d.m4a"), EXACT)
    with pytest.raises(ValueError, match="start=9 is beyond the last frame"):
        scanned(str(whole), Wanted(start=Fraction(9)))
    with pytest.raises(FileNotFoundError):
        scanned(str(tmp_path / "nothing.mp4"), EXACT)


def test_a_still_picture_is_for_a_run(tmp_path):
    from PIL import Image

    Image.fromarray(texture(4)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="is a single picture; paint it with automask"):
        scanned(str(tmp_path / "a.png"), EXACT)


def test_pixels_that_are_not_square_are_made_so(tmp_path):
    file = tmp_path / "a.mp4"
    frames = [texture(2, 64, 48)] * 3
    write_clip(file, frames, aspect=Fraction(4, 3))
    clip = scanned(str(file), EXACT)
    assert (clip.width, clip.height) == (64, 64)
    assert next(frames_of(clip, 0, 1)).shape == (64, 64, 3)


def test_a_gif_is_a_clip(tmp_path):
    from PIL import Image

    first, *others = (Image.fromarray(texture(seed, 48, 64)) for seed in range(5))
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=80)
    clip = scanned(str(tmp_path / "a.gif"), EXACT)
    assert len([*frames_of(clip, 0, 5)]) == len(clip.times) == 5
    assert float(clip.rate) == pytest.approx(12.5)


def test_transparency_is_ignored_with_a_note(tmp_path):
    file = tmp_path / "a.mkv"
    write_clip(file, flat(*COLORS), codec="ffv1", format="bgra")
    clip = scanned(str(file), EXACT)
    assert clip.notes == ("transparency is ignored",)
    assert np.array_equal(next(frames_of(clip, 0, 1))[9, 9], COLORS[0])


@pytest.mark.slow
def test_a_huge_clip_scaled_down_takes_memory_for_few_of_its_frames(tmp_path):
    row = np.linspace(0, 255, 7680).astype(np.uint8)
    frame = np.broadcast_to(row[None, :, None], (4320, 7680, 3))
    file = write_clip(tmp_path / "a.mp4", [frame] * 16)
    code = (
        "import resource, sys\n"
        "from automask.video.reading import *\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "clip = scanned(sys.argv[1], Wanted(size=256))\n"
        "assert len([*frames_of(clip, 0, 16)]) == 16\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    words = [sys.executable, "-c", code, str(file)]
    done = subprocess.run(words, env=ENVIRON, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) / 1024 < 12 * 50  # MiB; a decoded frame takes 50
