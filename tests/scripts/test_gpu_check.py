"""gpu_check.py on the processor: what it writes, and that it notices a fault."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from planted import generator

pytestmark = pytest.mark.usefixtures("scripts")
WORDS = ["gpu_check.py", "--device", "cpu", "--sizes", "64", "96", "--seconds", "60"]


@pytest.fixture
def comparison():
    return importlib.import_module("checking.comparison")


@pytest.fixture
def report(tmp_path):
    module = importlib.import_module("checking.report")
    return module.Report(tmp_path, 60)


def outcome(comparison):
    """Of features whose second column repeats the first one: ties everywhere."""
    query, key = torch.rand(2, 4, 6, 6, generator=generator())
    key[:, :, 3:] = key[:, :, :3]
    nearest = comparison.nearest_patches(query, comparison.index_styles([key]))
    losses = {"style": 0.5, "content": 0.25}
    image = torch.full((1, 3, 24, 24), 0.5)
    return comparison.Outcome(nearest, (losses, losses), image, (query, key))


def test_equal_outcomes_are_the_same_and_ties_do_not_count(comparison):
    own = outcome(comparison)
    assert comparison.judged(own, own)["same"]
    first = own.nearest % 6 == 0  # a patch in column 0 stands in column 3 as well
    assert first.any()
    tied = replace(own, nearest=torch.where(first, own.nearest + 3, own.nearest))
    row = comparison.judged(own, tied)
    assert row["same"] and row["matches_differ"] > 0


@pytest.mark.parametrize("fault", ["nearest", "losses", "image"])
def test_each_fault_is_noticed(comparison, fault):
    own = outcome(comparison)
    faults = {
        "nearest": torch.where(own.nearest == own.nearest[0, 0], 7, own.nearest),
        "losses": (own.losses[0], {"style": 0.5 * 1.0002, "content": 0.25}),
        "image": own.image + 1.5 / 255,
    }
    assert int(own.nearest[0, 0]) not in (7, 10)
    other = replace(own, **{fault: faults[fault]})
    assert not comparison.judged(own, other)["same"]


@pytest.mark.slow
def test_a_device_that_searches_wrongly_is_not_the_same(
    comparison, report, tmp_path, monkeypatch
):
    painting = importlib.import_module("checking.painting")
    studio = painting.Studio(torch.device("cpu"), tmp_path)
    assert comparison.compared(report, studio, 64, exact=True)["same"]
    calls, right = [], comparison.nearest_patches

    def wrong(query, index):
        calls.append(1)
        return right(query, index).flip(0) if len(calls) == 2 else right(query, index)

    monkeypatch.setattr(comparison, "nearest_patches", wrong)
    assert not comparison.compared(report, studio, 64, exact=True)["same"]


def test_each_row_is_on_the_disk_at_once_and_what_cannot_be_says_why(report, tmp_path):
    def rows():
        return json.loads((tmp_path / "gpu_check.json").read_text())["sections"]

    report.add("a", {"px": 1}, lambda: {"seconds": 2.0})
    assert rows()["a"][0]["seconds"] == 2
    report.add("a", {"px": 2}, lambda: report.check_time(1e4) or {})
    assert "s are left" in rows()["a"][1]["skipped"]

    def full():
        raise torch.OutOfMemoryError("CUDA out of memory")

    report.add("b", {}, full)
    assert rows()["b"][0]["skipped"] == "CUDA out of memory"
    report.seconds = 0
    report.add("b", {}, lambda: {"seconds": 1.0})
    assert rows()["b"][1]["skipped"] == "the 0 s are over"
    assert [path.name for path in tmp_path.iterdir()] == ["gpu_check.json"]


def test_eight_pictures_are_kept_at_most_and_none_over_the_limit(report, monkeypatch):
    image = torch.rand(1, 3, 40, 30, generator=generator())
    for n in range(10):
        report.keep(f"{n}", image)
    assert report.pictures == [f"{n}.jpg" for n in range(8)]
    report.pictures.clear()
    monkeypatch.setattr(importlib.import_module("checking.report"), "BYTES", 9000)
    report.keep("more", image)
    assert not report.pictures and not (report.folder / "more.jpg").exists()


@pytest.mark.slow
def test_one_call_on_the_processor_writes_all_sections(tmp_path, monkeypatch):
    script = importlib.import_module("gpu_check")
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", [*WORDS, "--at-once", "1", "--out", str(out)])
    assert script.main() == 0
    found = json.loads((out / "gpu_check.json").read_text())
    sections = found["sections"]
    assert [*sections] == [
        *("machine", "comparison", "painting", "search", "pystiche", "at once")
    ]
    assert all(row["same"] for row in sections["comparison"])
    qualities = {row["quality"] for row in sections["painting"]}
    assert qualities == set(script.QUALITIES)
    assert {row["px"] for row in sections["painting"]} == {64, 96}
    first = sections["painting"][0]
    assert first["seconds"] > 0 and first["peak_mib"] > 0 and first["levels"]
    for rows in sections.values():
        for row in rows:
            assert "skipped" in row or len(row) > 2
    assert 2 <= len(found["pictures"]) <= 8
    sizes = [(out / name).stat().st_size for name in found["pictures"]]
    assert sum(sizes) < 16 * 2**20


def test_a_search_is_set_beside_the_bare_product_whose_rate_is_known(
    report, monkeypatch
):
    products = importlib.import_module("checking.products")
    monkeypatch.setattr(products, "product_rate", lambda *_: 1e9)  # operations a second
    monkeypatch.setattr(products, "laps", lambda *_: [9.0, 0.5])
    row = products.search_row(report, torch.device("cpu"), "lite", "relu3_1", 64)
    work = 2 * 16**2 * 16**2 * (64 + 10)
    assert row["seconds"] == 0.5
    assert row["product_share_float32"] == pytest.approx(work / 1e9 / 0.5)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--vgg", "nowhere.safetensors"], "no file nowhere.safetensors"),
        (["--device", "cuda:77"], "there is no device 'cuda:77'"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(tmp_path, monkeypatch, capsys, more, said):
    script = importlib.import_module("gpu_check")
    monkeypatch.setattr(sys, "argv", [*WORDS, "--out", str(tmp_path / "out"), *more])
    assert script.main() == 2
    assert said in capsys.readouterr().err


def test_only_a_device_without_tf32_has_to_agree(report):
    script = importlib.import_module("gpu_check")
    rows = [{"tf32": True, "same": False}, {"tf32": False, "same": True}]
    assert script.same(SimpleNamespace(found={"comparison": rows}))
    rows[1] = {"tf32": False, "skipped": "CUDA out of memory"}
    assert not script.same(SimpleNamespace(found={"comparison": rows}))
