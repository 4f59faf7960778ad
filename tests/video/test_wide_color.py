"""Clips of wide colours and high dynamic range, as sRGB shows them."""

import numpy as np
import pytest
from clip_files import av, flat, write_clip

from automask.video.reading import Wanted, frames_of, scanned
from automask.video.wide_color import BT2020, HLG, PQ, TO_BT709, shown_in_srgb

USUAL = 14  # BT.2020's own transfer, of a usual screen


def shown(code: float, transfer: int) -> float:
    """A grey of that code in [0, 1], as sRGB shows it."""
    codes = np.full((1, 1, 3), round(code * 65535), np.uint16)
    red, green, blue = shown_in_srgb(codes, transfer)[0, 0] / 65535
    assert max(red, green, blue) - min(red, green, blue) < 0.003  # grey stays grey
    return float(green)


@pytest.mark.parametrize("color", [(200, 40, 60), (90, 160, 200), (90, 90, 90)])
def test_a_colour_written_with_wide_primaries_comes_back(tmp_path, color):
    linear = ((np.array(color) / 255 + 0.055) / 1.055) ** 2.4
    wide = np.linalg.inv(TO_BT709) @ linear
    stored = np.round((1.055 * wide ** (1 / 2.4) - 0.055) * 255).astype(int)
    assert len({*color}) == 1 or np.abs(stored - color).max() > 9  # else no test
    file = tmp_path / "a.mkv"
    write_clip(file, flat(*[tuple(stored)] * 2), matrix="bt2020", primaries=BT2020)
    clip = scanned(str(file), Wanted())
    seen = next(frames_of(clip, 0, 1))[9, 9]
    assert np.abs(seen.astype(int) - color).max() <= 4, seen


def test_white_and_greys_of_high_dynamic_range_look_as_they_are_meant():
    assert shown(0.5807, PQ) == pytest.approx(0.95, abs=0.01)  # 203 cd/m^2
    assert shown(0.75, HLG) == pytest.approx(0.95, abs=0.01)
    # 18 % grey: 26 cd/m^2 of PQ, code 0.38 of HLG (BT.2408)
    assert shown(0.3757, PQ) == pytest.approx(0.40, abs=0.02)
    assert shown(0.38, HLG) == pytest.approx(0.40, abs=0.03)


@pytest.mark.parametrize("transfer", [PQ, HLG, USUAL])
def test_brighter_stays_brighter_up_to_white(transfer):
    greys = [shown(code, transfer) for code in np.linspace(0, 0.74, 30)]
    assert greys == sorted(greys) and len({*greys}) == 30 and greys[0] < 0.01
    assert shown(1.0, transfer) == pytest.approx(1.0, abs=0.001)


def test_a_clip_of_high_dynamic_range_is_noted(tmp_path):
    file = tmp_path / "a.mkv"
    grey = round(0.75 * 255)
    write_clip(
        file,
        flat(*[(grey,) * 3] * 2),
        matrix="bt2020",
        primaries=BT2020,
        transfer=HLG,
        format="yuv420p10le",
    )
    clip = scanned(str(file), Wanted())
    assert any("high dynamic range (HLG)" in note for note in clip.notes)
    seen = next(frames_of(clip, 0, 1))[9, 9] / 65535
    assert seen == pytest.approx([0.95] * 3, abs=0.02)
    assert av.library_versions
