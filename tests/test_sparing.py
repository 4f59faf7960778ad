"""Large pictures: what is freed goes back, and nothing else changes."""

from __future__ import annotations

import math
import mmap
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from omegaconf import OmegaConf
from planted import TinyEncoder, generator

from automask import forecast, memory, sparing
from automask.memory import (
    group_left,
    release_code,
    resident,
    return_blocks,
    unchanged,
)
from automask.sparing import LARGE, USUAL, SparingEncoder, is_large, spared
from stylize import MRF, Content, Picture, Pyramid, Stylizer, without_masks
from stylize.probe import Probe

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for memory back")
SMAPS = """\
10000-20000 r--p 00000000 08:01 77   /usr/lib/read.so
Rss:                  64 kB
Anonymous:             0 kB
20000-30000 r-xp 00010000 08:01 77   /usr/lib/read.so
Anonymous:             0 kB
30000-40000 r--p 00020000 08:01 77   /usr/lib/relocated by the loader.so
Anonymous:             4 kB
40000-50000 rw-p 00030000 08:01 77   /usr/lib/read.so
Anonymous:             0 kB
50000-60000 r--s 00000000 08:01 78   /tmp/shared
Anonymous:             0 kB
60000-70000 r--p 00000000 00:00 0
Anonymous:             0 kB
70000-80000 r-xp 00000000 00:00 0    [vdso]
Anonymous:             0 kB
"""


def painter(**options) -> Stylizer:
    terms = {
        "style": MRF(1.0, ["relu3_1", "relu4_1"], 20.0),
        "content": Content(0.3, ["relu4_1"]),
    }
    return Stylizer(TinyEncoder(), terms, Pyramid(3), [4], **options)


def blank(side: int) -> Picture:
    return without_masks(torch.zeros(1, 3, 1, 1).expand(1, 3, side, side))


def test_only_parts_of_files_that_nobody_wrote_to_are_given_back():
    assert list(unchanged(SMAPS)) == [(0x10000, 0x20000), (0x20000, 0x30000)]


@pytest.mark.skipif(sys.platform != "linux", reason="cgroups are Linux'")
@pytest.mark.parametrize(("limit", "left"), [(3 * 2**30, 2048), ("max", math.inf)])
def test_what_a_containers_limit_leaves_counts_no_caches(tmp_path, limit, left):
    own = Path("/proc/self/cgroup").read_text().rpartition("0::")[2].strip()
    folder = tmp_path / own.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.stat").write_text(f"anon {2**30}\nfile {2**33}\n")
    assert group_left(tmp_path) == left
    assert group_left(tmp_path / "none") == math.inf


@linux
def test_pages_of_a_file_go_and_come_back_as_they_were(tmp_path: Path):
    file = tmp_path / "pages"
    file.write_bytes(bytes(range(256)) * 2**17)  # 32 MiB
    with (
        open(file, "rb") as opened,
        mmap.mmap(opened.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ) as pages,
    ):
        before = resident()
        assert sum(pages[:: mmap.PAGESIZE]) == 0
        held = resident()
        assert held - before > 24
        release_code()
        assert resident() < held - 24
        assert pages[257] == 1 and pages[-1] == 255


FREED = """
import sys, torch
from automask.memory import resident, return_blocks
return_blocks(float(sys.argv[1]))
blocks = [torch.ones(2**20) for _ in range(16)]  # 4 MiB each
held = resident()
del blocks[::2]
print(held - resident())
"""


@linux
def test_freed_blocks_leave_the_process_between_others_in_use():
    freed = []
    for threshold in ("1", "32"):  # in a process without free blocks of its own
        command = [sys.executable, "-c", FREED, threshold]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        freed.append(float(done.stdout))
    assert freed[0] > 24 and freed[1] < 8


def test_an_encoder_that_spares_gives_the_same_activations_and_gradients(monkeypatch):
    released: list[str] = []
    monkeypatch.setattr(sparing, "release_memory", lambda: released.append("now"))
    image = torch.rand(1, 3, 40, 48, generator=generator()).requires_grad_(True)
    plain, layers = TinyEncoder(), ["relu3_1", "relu4_1"]
    spare = SparingEncoder(plain)
    assert (spare.name, spare.sha256) == (plain.name, plain.sha256)
    assert [spare.stride(k) for k in layers] == [plain.stride(k) for k in layers]
    assert [spare.reach(k) for k in layers] == [plain.reach(k) for k in layers]
    slopes = []
    for encoder in (plain, spare):
        found = encoder(image, layers)
        (slope,) = torch.autograd.grad(sum(f.sum() for f in found.values()), image)
        slopes.append(slope)
    assert slopes[0].equal(slopes[1])
    assert released == ["now"] * 3  # before, after, and before backward
    assert spare(image.detach(), layers).keys() == set(layers)


def test_small_pictures_are_painted_as_ever(monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError

    for name in ("release_code", "return_blocks", "release_memory"):
        monkeypatch.setattr(sparing, name, never)
    small, stylizer = torch.zeros(1, 3, 256, 256), painter()
    with sparing.sparing(small):
        assert spared(stylizer, small) is stylizer


def test_blocks_are_kept_again_after_a_large_picture_even_if_it_failed(monkeypatch):
    told: list[float] = []
    monkeypatch.setattr(sparing, "return_blocks", told.append)
    monkeypatch.setattr(sparing, "release_code", lambda: None)
    large = torch.zeros(1, 1, 1, LARGE).expand(1, 3, 1, LARGE)
    assert is_large(large)
    with pytest.raises(ValueError, match="broken"), sparing.sparing(large):
        raise ValueError("broken")
    assert told == [sparing.BLOCK, USUAL]
    assert isinstance(spared(painter(), large).encoder, SparingEncoder)


@pytest.fixture
def pretended(monkeypatch):
    """A process that holds 600 MiB and has held 700, with an encoder known by count."""
    found = Probe(kept=100.0, features=96.0, history=20, seconds=5e-6, search=5e-11)
    monkeypatch.setattr(forecast, "probe", lambda *_: found)
    monkeypatch.setattr(forecast, "resident", lambda: 600.0)
    monkeypatch.setattr(forecast, "peak", lambda: 700.0)
    for name in ("release_code", "release_memory"):
        monkeypatch.setattr(forecast, name, lambda: None)
    shown = SimpleNamespace(pictures=lambda device: (blank(1024), [blank(768)]))
    shown.content = blank(1024).image

    def planned(memory: float | None):
        config = OmegaConf.create({"hardware": {"memory": memory}})
        return forecast.planned(config, painter(), shown, torch.device("cpu"))

    return planned


def test_less_memory_makes_tiles_and_the_forecast_keeps_within_it(pretended):
    whole, said = pretended(4000)
    assert whole.tiles == painter().tiles and "tiles" not in said
    tiled, said = pretended(1500)
    assert tiled.tiles.side < 1024 and "tiles" in said
    assert float(said.split()[2]) <= 1.5
    assert replace(tiled, tiles=whole.tiles) == replace(whole, encoder=tiled.encoder)


def test_what_does_not_fit_is_refused_in_one_line_with_what_would(pretended):
    with pytest.raises(ValueError, match="at least .* allows 690") as refused:
        pretended(690)
    assert "\n" not in str(refused.value)
    needed = int(str(refused.value).split("at least ")[1].split()[0])
    with pytest.raises(ValueError, match="at least"):
        pretended(needed - 20)
    stylizer, _ = pretended(needed + 1)
    assert stylizer.tiles.side <= 256


def test_no_library_of_linux_is_asked_for_elsewhere(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    monkeypatch.setattr(memory.ctypes, "CDLL", None)
    release_code()
    memory.release_memory()
    return_blocks(16)
