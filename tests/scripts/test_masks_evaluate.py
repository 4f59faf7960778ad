"""The figures of scripts/evaluate_masks.py on planted masks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from planted_faces import planted_face

from automask.masks import SoftMasks
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import OVAL, brows, fill

SCRIPTS = Path(__file__).parents[2] / "scripts"
NAMES = (
    "0 background\n1 skin\n2 clothing\n3 hair\n5 lips\n6 eyeballs\n9 facial_hair\n"
    "10 teeth\n13 headgear\n"
)
FASSEG = "0 background\n1 skin\n2 hair\n3 eyes\n4 nose\n5 mouth\n"
MASKS = ("person skin hair clothing eyes brows nose mouth lips beard").split()


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import evaluate_masks

    yield evaluate_masks
    sys.modules.pop("evaluate_masks")


@pytest.fixture
def folder(tmp_path):
    """One picture: left half person, of it the upper half hair, some of it a hat."""
    labels = np.zeros((40, 40), np.uint8)
    labels[:, :20] = 1
    labels[:20, :20] = 3
    labels[:5, :20] = 13
    labels[30:34, 5:15], labels[31:33, 5:15] = 5, 10
    Image.fromarray(labels).save(tmp_path / "07_labels.png")
    Image.new("RGB", (40, 40), "grey").save(tmp_path / "07.jpg")
    (tmp_path / "labels.txt").write_text(NAMES)
    return tmp_path


@pytest.fixture
def fasseg(tmp_path):
    """A face over a shirt, labelled as FASSEG does, with one brow as hair."""
    face = planted_face(150, 160, 130)
    labels = np.zeros((400, 300), np.uint8)
    labels[fill(labels.shape, [face.points[OVAL]]) > 0.5] = 1
    labels[fill(labels.shape, [brows(face)[0]]) > 0.5] = 2
    labels[20:60, 100:200] = 2
    Image.fromarray(labels).save(tmp_path / "001_labels.png")
    Image.new("RGB", (300, 400), "grey").save(tmp_path / "001.jpg")
    (tmp_path / "labels.txt").write_text(FASSEG)
    return tmp_path, labels, face


def masks_of(**boxes: tuple[int, int]) -> SoftMasks:
    """Masks that are 1 on rows of the left half."""
    probs = torch.zeros(len(MASKS), 40, 40)
    for name, (top, bottom) in boxes.items():
        probs[MASKS.index(name), top:bottom, :20] = 1
    return SoftMasks(tuple(MASKS), probs, ("planted",) * len(MASKS))


def test_overlap_is_intersection_over_union(script):
    truth = np.zeros((40, 40), bool)
    truth[:, :20] = True
    mask = np.zeros((40, 40), np.float32)
    mask[:, 10:30] = 1
    assert script.score(mask, truth).iou == pytest.approx(1 / 3)
    assert script.score(truth * 0.6, truth).iou == 1
    assert script.score(truth * 0.6, truth).soft == pytest.approx(0.6)


def test_boundaries_may_be_off_by_two_px_and_no_more(script):
    truth = np.zeros((60, 60), bool)
    truth[20:40, 20:40] = True
    assert script.boundary_score(np.roll(truth, 2, axis=1), truth) == 1
    assert script.boundary_score(np.roll(truth, 3, axis=1), truth) < 0.7


def test_the_picture_s_border_is_no_boundary(script):
    everywhere = np.ones((9, 9), bool)
    assert not script.boundary(everywhere).any()


def test_parts_are_grouped_as_our_masks_are(script, folder):
    found = masks_of(person=(0, 40), hair=(0, 20), skin=(20, 40), mouth=(0, 40))
    scores, *_ = script.evaluate(folder, lambda name: lambda image: found)
    ious = {name: by["07"].iou for name, by in scores.items() if by}
    assert ious["person"] == ious["hair"] == ious["skin"] == 1
    assert ious["mouth"] == pytest.approx(40 / 800)  # lips and teeth
    assert ious["lips"] == 0


def test_a_class_that_no_label_shows_is_left_out(script, folder):
    scores, *_ = script.evaluate(folder, lambda name: lambda image: masks_of())
    assert not scores["clothing"] and not scores["eyes"]
    assert "clothing" not in script.summary(scores, {}, {})["mean_iou"]
    assert "clothing" not in script.table(scores, {})


def test_clothes_that_are_labelled_as_background_are_not_held_against_hair(
    script, fasseg
):
    folder, labels, face = fasseg
    probs = torch.zeros(len(MASKS), 400, 300)
    hair, skin = (MASKS.index(name) for name in ("hair", "skin"))
    band = torch.from_numpy(fill(labels.shape, [brows(face)[0]]) > 0.5)
    probs[skin] = torch.from_numpy(labels == 1) | band
    probs[hair, 20:60, 100:200] = 1
    probs[hair, 300:] = 1  # where clothes may be
    points = torch.from_numpy(face.points)[None]
    found = SoftMasks(tuple(MASKS), probs, ("planted",) * len(MASKS), landmarks=points)
    scores, invented, groups = script.evaluate(folder, lambda name: lambda image: found)
    assert scores["hair"]["001"].iou == scores["skin"]["001"].iou == 1
    assert not scores["person"] and not scores["lips"]
    assert not invented["person"] and not invented["clothing"]
    assert groups["frontal"] == ["001"] and not groups["closed mouth"]


def test_portraits_are_grouped_by_skin_and_mouth(script, folder):
    *_, groups = script.evaluate(folder, lambda name: lambda image: masks_of())
    assert groups["light"] == groups["open mouth"] == ["07"] and not groups["dark"]
    Image.new("RGB", (40, 40), (60, 40, 30)).save(folder / "07.jpg")
    *_, groups = script.evaluate(folder, lambda name: lambda image: masks_of())
    assert groups["dark"] == ["07"] and not groups["light"]
    assert groups["turned"] == ["07"]  # since no face was found


def test_a_face_that_looks_aside_is_turned(script):
    from evaluating.portrait_truth import aside_of

    face = planted_face(100, 100, 80)
    points = face.points.copy()
    points[[1, 234, 454], 0] = 100, 65, 135
    assert aside_of(Face(points)) == pytest.approx(0, abs=1e-3)
    points[1, 0] = 130
    assert aside_of(Face(points)) == pytest.approx(6 / 7, abs=1e-3)


def test_a_group_s_line_has_the_means_of_its_portraits(script):
    scores = {
        "hair": {n: script.Score(iou, 0, 0) for n, iou in (("1", 0.2), ("2", 0.6))},
        "skin": {"1": script.Score(0.5, 0, 0)},
    }
    lines = script.group_table(scores, {"dark": ["1", "2"], "light": []}).splitlines()
    assert lines[1].split() == ["dark", "2", "0.400", "0.500"] and len(lines) == 2


def test_a_mask_where_the_labels_show_none_is_named(script, folder):
    found = masks_of(beard=(30, 35), hair=(0, 20))
    scores, invented, _ = script.evaluate(folder, lambda name: lambda image: found)
    assert invented["beard"] == ["07"] and not invented["hair"]
    assert not scores["beard"]
    line = "beard where labels show none: 07"
    assert script.table(scores, invented).splitlines()[-1] == line
    assert script.summary(scores, invented, {})["invented"] == {"beard": ["07"]}


def test_each_picture_is_judged_by_the_source_of_its_name(script, folder):
    asked = []

    def source(name: str):
        asked.append(name)
        return lambda image: masks_of()

    script.evaluate(folder, source)
    assert asked == ["07"]


def test_the_worst_picture_is_named(script):
    good, bad = script.Score(0.9, 0.9, 0.9), script.Score(0.5, 0.5, 0.5)
    scores = {"hair": {"01": good, "02": bad}}
    assert script.table(scores, {}).splitlines()[1].split()[4:6] == ["0.500", "02"]
    assert script.summary(scores, {}, {})["worst_iou"] == {"hair": 0.5}
    assert script.summary(scores, {}, {})["mean_iou"]["hair"] == pytest.approx(0.7)


def test_json_holds_means_and_worst(script, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "Portrait", lambda weights: lambda i: masks_of())
    target = tmp_path / "figures.json"
    monkeypatch.setattr(
        sys, "argv", ["evaluate_masks.py", str(folder), "--json", str(target)]
    )
    script.main()
    assert set(json.loads(target.read_text())) >= {"mean_iou", "worst_iou"}
    assert capsys.readouterr().out.startswith("class")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "07_labels.png").unlink(), "no pictures with labels"),
        (lambda f: (f / "labels.txt").write_text("zero nothing"), "expected '3 hair'"),
        (lambda f: (f / "labels.txt").unlink(), "labels.txt"),
        (
            lambda f: Image.new("RGB", (80, 70)).save(f / "07.jpg"),
            "40x40, its picture of another shape: at this size 40x35",
        ),
    ],
)
def test_unusable_folders_get_one_line(
    script, folder, monkeypatch, capsys, spoil, message
):
    spoil(folder)
    monkeypatch.setattr(script, "Portrait", lambda weights: lambda i: masks_of())
    monkeypatch.setattr(sys, "argv", ["evaluate_masks.py", str(folder)])
    with pytest.raises(SystemExit) as stop:
        script.main()
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
