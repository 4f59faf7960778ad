"""The figures of scripts/evaluate.py on planted pictures with a known answer."""

from __future__ import annotations

import importlib
import json
import sys

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from planted import TinyEncoder, generator

from automask.masks import SoftMasks

pytestmark = pytest.mark.usefixtures("scripts")


def module(name: str):
    return importlib.import_module(name)


def halves(height: int = 12, width: int = 12) -> torch.Tensor:
    """0 on the left half, 1 on the right one."""
    labels = torch.zeros(height, width, dtype=torch.int64)
    labels[:, width // 2 :] = 1
    return labels


def noise(height: int = 64, width: int = 64, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=generator(seed))


def stripes(size: int = 96) -> torch.Tensor:
    """Waves at random, the same along both axes, in (1, 3, size, size)."""
    rng = np.random.default_rng(0)
    grey = cv2.GaussianBlur(rng.random((size, size)).astype(np.float32), (0, 0), 1.5)
    return torch.from_numpy(grey).expand(1, 3, -1, -1).clone()


# --- matches across borders ----------------------------------------------------------


def test_the_share_of_crossing_matches_is_the_share_that_was_planted():
    crossing = module("evaluating.crossing")
    content = torch.zeros(12, 12, dtype=torch.int64)
    chosen = torch.zeros(10, 10, dtype=torch.int64)
    chosen[:3] = 1
    assert crossing.crossing_share(content, chosen) == pytest.approx(0.3)


def test_patches_over_a_border_and_without_label_do_not_count():
    crossing = module("evaluating.crossing")
    content = halves()
    wrong_at_border = content[1:-1, 1:-1].clone()
    wrong_at_border[:, 4:6] = 1 - wrong_at_border[:, 4:6]
    assert crossing.crossing_share(content, wrong_at_border) == 0
    unknown = torch.full((10, 10), -1)
    assert crossing.crossing_share(content, unknown) is None


def test_labels_are_read_at_the_middle_of_the_match_in_the_right_style():
    crossing = module("evaluating.crossing")
    first, second = torch.zeros(5, 6, dtype=torch.int64), halves(5, 8)
    into_second = first.numel() + 8 * 1 + 3  # its middle lies in column 4
    nearest = torch.tensor([[0, into_second, into_second - 1]])
    found = crossing.labels_of_matches(nearest, [first, second])
    assert found.tolist() == [[0, 1, 0]]


def test_the_judge_finds_that_a_picture_kept_its_regions_and_a_mirrored_one_not():
    crossing, labels = module("evaluating.crossing"), module("evaluating.region_labels")
    style, both = noise(), labels.Labels(("a", "b"), halves(64, 64))
    mirrored = labels.Labels(("a", "b"), 1 - halves(64, 64))
    judge = TinyEncoder()
    assert crossing.judged_crossing((style, style), (both, both), judge) == 0
    assert crossing.judged_crossing((style, style), (mirrored, both), judge) == 1


# --- labels --------------------------------------------------------------------------


def test_hand_made_labels_are_read_by_colour_and_by_number(tmp_path):
    labels = module("evaluating.region_labels")
    colors = np.zeros((4, 6, 3), np.uint8)
    colors[:, :3], colors[:, 3:] = (255, 0, 0), (20, 240, 10)  # not quite green
    Image.fromarray(colors).save(tmp_path / "sem.png")
    regions = {"person": "#ff0000", "rest": "#00ff00"}
    found = labels.HandMade(tmp_path / "sem.png", regions).read()
    assert found.owner[0].tolist() == [0, 0, 0, 1, 1, 1]
    numbers = np.array([[3, 9, 5, 0]], np.uint8)
    Image.fromarray(numbers).save(tmp_path / "labels.png")
    regions = {"hair": [3, 5], "rest": [0]}
    found = labels.HandMade(tmp_path / "labels.png", regions).read()
    assert found.owner.tolist() == [[0, -1, 0, 1]]


def test_only_regions_that_both_sides_show_are_compared():
    labels = module("evaluating.region_labels")
    content = labels.Labels(("a", "b", "c"), torch.tensor([[0, 1, 2]]))
    style = labels.Labels(("c", "a"), torch.tensor([[0, 1, -1]]))
    first, second = labels.alike(content, style)
    assert first.names == second.names == ("a", "c")
    assert first.owner.tolist() == [[0, -1, 1]]
    assert second.owner.tolist() == [[1, 0, -1]]


def test_a_cell_has_the_label_of_most_of_its_pixels():
    labels = module("evaluating.region_labels")
    owner = torch.zeros(4, 4, dtype=torch.int64)
    owner[:2, :2] = torch.tensor([[1, 1], [1, 0]])
    assert labels.Labels(("a", "b"), owner).at(2, 2).tolist() == [[1, 0], [0, 0]]


# --- likeness ------------------------------------------------------------------------


def test_a_region_is_near_its_own_texture_and_far_from_the_other():
    likeness = module("evaluating.likeness")
    features = torch.rand(1, 6, 12, 12, generator=generator())
    features[..., 6:] *= torch.tensor([5.0, 0, 0, 0, 3, 1]).view(1, 6, 1, 1)
    labels = module("evaluating.region_labels").Labels
    own, other = (labels(("a", "b"), owner) for owner in (halves(), 1 - halves()))
    right, wrong = likeness.region_distances((features, features), (own, own))
    assert right == pytest.approx(0, abs=1e-6)
    assert wrong > 0.4
    swapped = likeness.region_distances((features, features), (own, other))
    assert swapped[0] == pytest.approx(wrong)


def test_agreement_is_the_mean_overlap_and_a_lost_mask_counts_nought():
    likeness = module("evaluating.likeness")
    probs = torch.zeros(2, 10, 10)
    probs[0, :, :5], probs[1, :5] = 1, 1
    content = SoftMasks(("person", "skin"), probs, ("", ""))
    assert likeness.agreement(content, content) == 1
    half = probs[:1].clone()
    half[0, 5:] = 0
    result = SoftMasks(("person",), half, ("",))
    assert likeness.agreement(result, content) == pytest.approx(0.25)
    nothing = SoftMasks((), torch.zeros(0, 10, 10), ())
    assert likeness.agreement(content, nothing) is None


# --- edges ---------------------------------------------------------------------------


@pytest.fixture
def bordered():
    """A calm content, and a border through its middle that nothing shows."""
    labels = module("evaluating.region_labels")
    return torch.full((1, 3, 96, 96), 0.5), labels.Labels(("a", "b"), halves(96, 96))


def test_an_edge_planted_along_a_mask_border_is_found_by_its_height(bordered):
    edges, (content, labels) = module("evaluating.edges"), bordered
    found = []
    for step in (0, 0.1, 0.2, 0.4):
        result = content.clone()
        result[..., 48:] += step
        found.append(edges.hard_edges(result, content, labels))
    assert found[0] == 0
    assert found[2] == pytest.approx(2 * found[1], rel=1e-3)
    assert found[3] == pytest.approx(4 * found[1], rel=1e-3)
    assert found[3] > 10


def test_texture_and_edges_that_cross_the_border_are_no_hard_edges(bordered):
    edges, (content, labels) = module("evaluating.edges"), bordered
    textured = edges.hard_edges(stripes(), content, labels)
    crossing = content.clone()
    crossing[..., 48:, :] += 0.4
    planted = content.clone()
    planted[..., 48:] += 0.4
    height = edges.hard_edges(planted, content, labels)
    assert abs(textured) < 0.1 * height
    assert edges.hard_edges(crossing, content, labels) <= 0


def test_a_border_along_an_edge_of_the_content_is_not_measured(bordered):
    edges, (content, labels) = module("evaluating.edges"), bordered
    content = stripes() * 0.01 + 0.5
    content[..., 48:] += 0.4
    assert edges.hard_edges(content, content, labels) is None


# --- the script ----------------------------------------------------------------------


def test_each_picture_has_a_line_and_each_method_a_mean_and_failures_are_said():
    tables, figures = module("evaluating.figure_tables"), module("evaluating.figures")
    numbers = dict.fromkeys((*figures.PICTURE, *figures.PAINTING), 2.0)
    common = {"method": "soft", "words": [], **numbers}
    rows = [
        {**common, "pair": "a", "style": 1.0, "own": None, "MiB": 5.0},
        {**common, "pair": "b", "crossing": 4.0, "MiB": 7.0},
        {"method": "lost", "pair": "a", "words": [], "failed": "no such method"},
        {"method": "measured", "pair": "a", "picture": "x/c.png", "style": 9.0}
        | dict.fromkeys([*figures.PICTURE][1:], None),
    ]
    means = tables.summary(rows)
    assert means["soft"]["style"] == 1.5 and means["soft"]["own"] == 2
    assert means["soft"]["faces"] == 4  # of all pairs
    assert means["soft"]["MiB"] == 7 and means["lost"]["crossing"] is None
    head, *lines = (line.split() for line in tables.tables(rows).splitlines())
    assert head == [*figures.PICTURE]
    assert lines[0] == ["soft"]
    assert lines[1][:3] == ["a", "1.000", "2.000"]
    assert lines[3][:3] == ["mean", "1.500", "2.000"]
    assert lines[4:6] == [["measured"], ["c", "9.000", *["-"] * 8]]
    assert lines[8] == [*figures.PAINTING]
    assert lines[9][:2] == ["soft", "3.0"] and lines[10] == []
    assert lines[11:] == ["lost could not paint a: no such method".split()]


@pytest.mark.slow
def test_masks_keep_matches_within_their_regions_and_no_masks_do_not(
    tmp_path, monkeypatch, capsys
):
    evaluate = module("evaluate")
    monkeypatch.setattr(evaluate, "apart", lambda call, *words: call(*words))
    monkeypatch.setattr("evaluating.finished.SIDE", 96)  # px, for speed
    file = tmp_path / "figures.json"
    words = ["--pairs", "astronaut=portrait", "--methods", "soft", "none"]
    words += ["--set", "size=96", "stylizer.iterations=[3]", "style_scale=1"]
    words += ["--add", "unknown=stylizer=nowhere", "--out", str(tmp_path / "pictures")]
    monkeypatch.setattr(sys, "argv", ["evaluate.py", *words, "--json", str(file)])
    evaluate.main()
    out = capsys.readouterr().out
    assert out.startswith("1 pairs, judged by lite")
    assert "unknown could not paint astronaut-portrait:" in out and "nowhere" in out
    means = json.loads(file.read_text())["means"]
    assert means["none"]["own"] > 10 * means["soft"]["own"]
    assert means["none"]["own"] > 20  # %
    picture = tmp_path / "pictures" / "astronaut-portrait-soft.png"
    assert picture.exists()
    assert json.loads(file.read_text())["rows"][0]["picture"] == str(picture)


@pytest.mark.slow
def test_a_method_that_compares_no_patches_is_painted_too():
    words = ["content=astronaut", "style=monet", "stylizer=fast", "size=64"]
    (painted,) = module("evaluating.methods").paint_all([words], threads=1)
    assert painted.image.shape == (1, 3, 64, 64) and not painted.matches


def test_a_pair_without_a_style_gets_one_line(monkeypatch, capsys):
    evaluate = module("evaluate")
    monkeypatch.setattr(sys, "argv", ["evaluate.py", "--pairs", "astronaut"])
    with pytest.raises(SystemExit) as stop:
        evaluate.main()
    assert stop.value.code == 2
    assert "a pair is CONTENT=STYLE, got 'astronaut'" in capsys.readouterr().err
