"""Films as they are written: what another program sees of them."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from clip_files import av, decoded, flat, texture, write_clip

from automask.video.clip import Clip
from automask.video.encoding import Encoding
from automask.video.joining import joined
from automask.video.reading import Wanted, scanned
from automask.video.writing import Encoder

TIMES = (0, 20, 50, 51, 90, 300, 301, 320, 340, 380)
CLIP = Clip("none", 64, 48, False, Fraction(1, 600), TIMES, (0,))


def image(number: int) -> torch.Tensor:
    planes = texture(5, 48, 64).astype(np.float32) / 255 * 0.8 + 0.01 * number
    return torch.from_numpy(planes).permute(2, 0, 1)[None]


def film(folder, encoding, borders=(0, 4, 5, 10), clip=CLIP, sound=False):
    pieces = []
    for begin, end in zip(borders, borders[1:], strict=False):
        pieces.append(folder / f"{begin}.nut")
        with Encoder(pieces[-1], clip, encoding) as encoder:
            for number in range(begin, end):
                encoder.write(number, image(number))
    path = folder / f"film{encoding.suffix}"
    return path, joined(path, pieces, clip, encoding, sound)


@pytest.mark.parametrize(
    ("suffix", "codec", "bits", "error"),
    [
        (".mp4", None, 8, 4.0),
        (".mp4", None, 10, 4.0),
        (".mov", None, 8, 4.0),
        (".webm", None, 8, 5.0),
        (".webm", "av1", 10, 6.0),
        (".mkv", None, 8, 0.6),
        (".mkv", None, 10, 0.6),
    ],
)
def test_frames_come_back_at_their_times_in_every_kind_of_film(
    tmp_path, suffix, codec, bits, error
):
    path, notes = film(tmp_path, Encoding(suffix, bits, codec))
    images, times = decoded(path)
    assert notes == []
    assert times == pytest.approx([time / 600 for time in TIMES], abs=6e-4)
    clip = scanned(str(path), Wanted(even=False))
    assert clip.deep == (bits == 10)
    for number, shown in enumerate(images):
        planned = image(number)[0].permute(1, 2, 0).numpy() * 255
        assert np.abs(shown - planned).mean() < error


def test_the_last_frame_is_shown_as_long_as_most_though_one_is_held_long():
    times = (0, 20, 40, 60, 6060, 6080)
    assert replace(CLIP, times=times).pause == 20
    assert replace(CLIP, times=(7,)).pause == 24  # 1/25 s


def test_a_film_in_other_pieces_has_the_same_frames(tmp_path):
    (tmp_path / "b").mkdir()
    whole, _ = film(tmp_path, Encoding(".mkv"), (0, 10))
    parts, _ = film(tmp_path / "b", Encoding(".mkv"))
    for one, other in zip(decoded(whole)[0], decoded(parts)[0], strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mkv"])
def test_the_same_film_has_the_same_bytes(tmp_path, suffix):
    first = film(tmp_path, Encoding(suffix))[0].read_bytes()
    assert film(tmp_path, Encoding(suffix))[0].read_bytes() == first


def test_the_colours_of_a_film_are_named_in_it(tmp_path):
    path, _ = film(tmp_path, Encoding(".mp4"))
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1, 1)


def test_sound_is_copied_packet_by_packet_and_cut_with_the_pictures(tmp_path):
    frames = flat(*((number * 8,) * 3 for number in range(30)))
    source = write_clip(tmp_path / "a.mp4", frames, sound=True)
    half = Wanted(start=Fraction(1, 2), even=False)
    clip = scanned(str(source), half)
    borders = (0, 7, len(clip.times))
    path, notes = film(tmp_path, Encoding(".mp4"), borders, clip, sound=True)
    assert notes == []

    def packets(file):
        with av.open(str(file)) as container:
            stream = container.streams.audio[0]
            found = [p for p in container.demux(stream) if p.size]
            return [(float(p.pts * p.time_base), bytes(p)) for p in found]

    late = [(time - 0.5, content) for time, content in packets(source) if time >= 0.5]
    copied = packets(path)
    assert [content for _, content in copied] == [content for _, content in late]
    times = np.array([time for time, _ in copied]) - [time for time, _ in late]
    assert np.abs(times).max() < 0.001


def test_sound_that_a_film_cannot_hold_is_left_out_with_a_note(tmp_path):
    frames = flat(*((number * 8,) * 3 for number in range(10)))
    clip = scanned(str(write_clip(tmp_path / "a.mp4", frames, sound=True)), Wanted())
    path, notes = film(tmp_path, Encoding(".webm"), (0, 10), clip, sound=True)
    assert notes == ["the sound is left out, for .webm takes no aac; .mkv does"]
    with av.open(str(path)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.5, "broken packets of the sound are left out"), (0, "the sound is left out")],
)
def test_broken_sound_is_left_out_with_a_note_and_the_film_is_whole(
    tmp_path, share, said
):
    frames = flat(*((number * 8,) * 3 for number in range(30)))
    file = write_clip(tmp_path / "a.ts", frames, sound=True)
    content = bytearray(file.read_bytes())
    sound = [
        at
        for at in range(0, len(content), 188)  # packets of a transport stream
        if int.from_bytes(content[at + 1 : at + 3]) & 0x1FFF == 0x101
    ]
    for at in sound[int(share * len(sound)) :]:
        content[at + 20 : at + 188 : 3] = bytes(56)
    file.write_bytes(content)
    clip = scanned(str(file), Wanted())
    path, notes = film(tmp_path, Encoding(".mp4"), (0, 30), clip, sound=True)
    assert len(notes) == 1 and said in notes[0]
    assert len(decoded(path)[0]) == 30


def test_sound_of_an_unknown_codec_is_left_out_with_a_note(tmp_path):
    frames = flat(*((number * 8,) * 3 for number in range(30)))
    file = write_clip(tmp_path / "a.mkv", frames, sound=True)
    file.write_bytes(file.read_bytes().replace(b"A_AAC", b"A_XXX"))
    clip = scanned(str(file), Wanted())
    notes = film(tmp_path, Encoding(".mp4"), (0, 30), clip, sound=True)[1]
    assert notes == ["the sound is left out, for its codec is not known"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((".avi",), "a film's name ends in .mp4, .mov, .webm, .mkv"),
        ((".webm", 8, "h264"), ".webm takes no h264; .mkv takes any codec"),
        ((".webm", 10), "codec vp9 has no 10 bits here"),
    ],
)
def test_what_cannot_be_written_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        Encoding(*given)


def test_an_encoder_that_the_wheel_lacks_is_named(monkeypatch):
    def none(name, mode):
        raise av.codec.codec.UnknownCodecError(name)

    monkeypatch.setattr(av.codec, "Codec", none)
    with pytest.raises(ValueError, match="this PyAV has no libx264 for 8 bits"):
        Encoding(".mp4").encoder()
