"""What scripts/train_parts.py trains on: labels follow every alteration."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from planted_faces import planted_face

from automask.masks.portrait.face_crop import CELLS
from automask.masks.portrait.face_features import BEARD_CUES, FEATURE_CUES, HEAD_CUES
from automask.masks.portrait.face_net import (
    BEARD_CLASSES,
    FEATURE_CLASSES,
    HEAD_CLASSES,
    load_nets,
)
from automask.masks.portrait.face_polygons import EYES, LIPS, NOSE, OVAL, brows, fill

NAMES = dict(background=0, skin=1, clothing=2, hair=3, nose=4, lips=5)
FASSEG = dict(background=0, skin=1, hair=2, eyes=3, nose=4, mouth=5)


@pytest.fixture
def script(scripts):
    return import_module("train_parts")


@pytest.fixture
def portrait(script):
    """A face with nose, lips and hair over clothes, labelled."""
    from training.labels import CLASSES
    from training.pictures import Labelled

    face = planted_face(150, 160, 130)
    labels = np.zeros((400, 300), np.uint8)
    labels[fill(labels.shape, [planted_face(150, 150, 170).points[OVAL]]) > 0.5] = 3
    labels[240:] = 2
    for ring, name in ((OVAL, "skin"), (NOSE, "nose"), (LIPS, "lips")):
        labels[fill(labels.shape, [face.points[ring]]) > 0.5] = NAMES[name]
    colours = [(90, 120, 160), (200, 150, 120), (60, 60, 90), (50, 30, 20)]
    rgb = np.array([*colours, (205, 150, 115), (170, 70, 70)], np.uint8)[labels]
    person = (labels > 0).astype(np.float32)
    others = {n for part in CLASSES.values() for n in part.split()} - {*NAMES, *FASSEG}
    names = NAMES | dict.fromkeys(others, 99)
    from training.sample import LAYOUTS

    plain = Labelled("01", "a", "01", names, rgb, labels, (person,), face)
    return {kind: script.shrunk(plain, layout) for kind, layout in LAYOUTS.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "cues", "classes"),
    [
        ("head", (HEAD_CUES, CELLS, CELLS), HEAD_CLASSES),
        ("features", (FEATURE_CUES, CELLS, CELLS), FEATURE_CLASSES),
        ("beard", (BEARD_CUES, 48, 44), BEARD_CLASSES),
    ],
)
def test_shares_of_the_classes_stay_shares_however_altered(
    script, portrait, kind, cues, classes
):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        seen, shares, weights = script.sample(portrait[kind], kind, rng)
        assert seen.shape == cues and np.isfinite(seen).all()
        assert shares.shape == (len(classes), *cues[1:])
        assert weights.shape == cues[1:]
        assert shares.min() > -1e-3
        inside = weights > 0.999
        assert shares.sum(0)[inside] == pytest.approx(1, abs=0.02)


def test_an_unaltered_sample_shows_the_labels_where_the_face_is(script, portrait):
    rng = np.random.default_rng(0)
    _, shares, _ = script.sample(portrait["head"], "head", rng, plain=True)
    middle = round(CELLS * 1.2 / 2.5), CELLS // 2
    assert HEAD_CLASSES[shares[(slice(None), *middle)].argmax()] == "skin"
    assert HEAD_CLASSES[shares[:, CELLS - 20, CELLS // 2].argmax()] == "clothing"


def test_an_opened_mouth_has_an_inside_between_the_lips(script, portrait):
    from training.mouth import open_mouth
    from training.sample import LAYOUTS, cut

    rng = np.random.default_rng(1)
    scene = cut(portrait["features"], LAYOUTS["features"], None, rng)
    assert scene.features[..., -1].max() == 0
    chin = scene.points[152, 1]
    open_mouth(scene, rng)
    rows = np.nonzero(scene.features[..., -1] > 0.5)[0]
    lips = np.nonzero(scene.features[..., 4] > 0.5)[0]
    assert lips.min() < rows.mean() < lips.max()
    assert scene.points[152, 1] > chin


@pytest.fixture
def bare(script, portrait):
    """The lower face of the portrait, as it is."""
    from training.sample import LAYOUTS, cut

    return cut(portrait["beard"], LAYOUTS["beard"], None, np.random.default_rng(0))


def test_a_hand_is_skin(bare):
    from training.things import hand

    before = bare.share("skin").sum()
    hand(bare, np.random.default_rng(0))
    assert bare.share("skin").sum() > before


def test_a_painted_beard_is_labelled_where_it_shows_and_counts_as_skin(bare):
    from training import beards

    rng = np.random.default_rng(3)
    colours, seen = bare.rgb.copy(), []
    for _ in range(12):
        scene = replace(bare)
        beards.beard(scene, rng)
        changed, label = abs(scene.rgb - colours).max(2) > 0.1, scene.beard > 0.9
        assert scene.regions.sum(2) == pytest.approx(bare.regions.sum(2), abs=1e-3)
        if not label.any():  # stubble
            assert np.array_equal(scene.share("skin"), bare.share("skin"))
            continue
        seen.append(changed[label].mean())
        assert changed[scene.beard < 0.01].mean() < 0.01
        assert scene.share("skin")[label].min() > 0.9
        assert scene.features[..., 0][label].min() > 0.9
        assert scene.person[label].min() > 0.9
    assert len(seen) >= 8 and np.median(seen) > 0.9


@pytest.mark.parametrize(
    ("cheeks", "chin", "lip"),
    [(True, True, True), (False, False, True), (False, True, False)],
)
def test_each_cut_grows_where_its_name_says(bare, cheeks, chin, lip):
    from training.beards import cut

    middle = bare.points[LIPS, 1].mean()
    bare.points[LIPS, 1] = middle + (bare.points[LIPS, 1] - middle) / 3  # thin ones
    lips, nose = bare.points[LIPS], bare.points[NOSE]
    x = round(float(bare.points[152, 0]))
    mouth = slice(round(float(lips[:, 1].min())), round(float(lips[:, 1].max())))
    for seed in range(8):
        grown = cut(bare, cheeks, chin, lip, np.random.default_rng(seed)) > 0.5
        above, below = grown[: mouth.start, x].any(), grown[mouth.stop :, x].any()
        assert (above, below) == (lip, chin)
        assert not grown[: round(float(nose[:, 1].max())) - 2, x - 4 : x + 5].any()
        sides = grown[:, x + round(0.3 * bare.height) :].any()
        assert sides >= cheeks


@pytest.mark.parametrize("name", ["shadow", "muffler"])
def test_shade_and_cloth_on_the_chin_are_no_beard(bare, name):
    from training import beards

    before = bare.rgb.copy()
    getattr(beards, name)(bare, np.random.default_rng(2))
    assert abs(bare.rgb - before).max() > 0.05
    assert bare.beard.max() == 0
    assert bare.regions.sum(2).max() < 1.001


def test_what_is_held_before_a_beard_hides_it(bare):
    bare.beard = np.ones(bare.shape, np.float32)
    half = np.zeros(bare.shape, np.float32)
    half[:, 64:] = 1
    bare.cover(half, np.zeros(3), "other")
    assert np.array_equal(bare.beard, 1 - half)


def test_oil_paint_keeps_light_and_dark_apart(script):
    from training.light import oiled

    picture = np.zeros((CELLS, CELLS, 3), np.float32) + 0.15
    picture[:, 64:] = 0.85
    for seed in range(10):
        painted = oiled(picture, np.random.default_rng(seed))
        assert painted.shape == picture.shape
        assert 0 <= painted.min() and painted.max() <= 1
        assert painted[:, 70:].mean() - painted[:, :58].mean() > 0.3
        assert painted.std(0).mean() > 0.01


@pytest.mark.parametrize(("kept", "again"), [(50, 6), (0, 0)])
def test_a_batch_is_filled_up_with_samples_seen_before(script, portrait, kept, again):
    rng, seen = np.random.default_rng(0), deque(maxlen=kept)
    first, second = (
        script.batch([portrait["beard"]], "beard", [], rng, seen)[0] for _ in range(2)
    )
    known = [any(torch.equal(one, other) for other in first) for one in second]
    assert sum(known) == again and len(second) == script.BATCH


def test_one_net_is_trained_anew_and_the_others_stay_as_they_ship(
    script, portrait, tmp_path, monkeypatch
):
    monkeypatch.setattr(script, "shrunk", lambda *_: portrait["beard"])
    monkeypatch.setattr(script, "BATCH", 2)
    script.train_all(
        [portrait["beard"]], [], ["beard"], 0.004, tmp_path / "nets.safetensors"
    )
    made, shipped = load_nets(tmp_path / "nets.safetensors"), load_nets()
    for kind in made:
        same = all(
            torch.equal(one, two)
            for one, two in zip(
                made[kind].parameters(), shipped[kind].parameters(), strict=True
            )
        )
        assert same == (kind != "beard")


def test_a_perfect_answer_has_no_loss_and_a_wrong_one_has(script):
    shares = torch.zeros(1, 5, 8, 8)
    shares[:, 1, :4], shares[:, 0, 4:] = 1, 1
    weights = torch.ones(1, 8, 8)
    for dice in (0.0, 0.5):
        right = script.loss_of(20 * shares, shares, weights, dice)
        wrong = script.loss_of(20 * shares.flip(2), shares, weights, dice)
        assert right < 0.3 < wrong


def test_the_same_seed_draws_the_same_samples(script, portrait):
    one, two = (
        script.sample(portrait["head"], "head", np.random.default_rng(7))[0]
        for _ in range(2)
    )
    assert np.array_equal(one, two)


@pytest.fixture
def fasseg():
    """A face labelled as FASSEG does: brows are hair, a shirt is background."""
    face = planted_face(150, 160, 130)
    shape = (400, 300)
    labels, person = np.zeros(shape, np.uint8), np.zeros(shape, np.float32)
    cap = fill(shape, [planted_face(150, 150, 170).points[OVAL]]) > 0.5
    labels[cap], labels[240:, 110:190] = 2, 1
    for ring, name in ((OVAL, "skin"), (NOSE, "nose"), (LIPS, "mouth")):
        labels[fill(shape, [face.points[ring]]) > 0.5] = FASSEG[name]
    person[labels > 0], person[240:, 40:260] = 1, 1
    return labels, face, person


def test_brows_are_taken_out_of_hair_and_count_as_skin(script, fasseg):
    from training.labels import classes_of

    labels, face, person = fasseg
    left, right = (fill(labels.shape, [band]) > 0.5 for band in brows(face))
    labels[left] = 2
    left_only = classes_of(labels, FASSEG, face, person)
    assert left_only["brows"][left].all() and not left_only["brows"][right].any()
    assert left_only["skin"][left].all() and not left_only["hair"][left].any()
    assert left_only["hair"].any()


def test_hair_that_hangs_into_a_brow_stays_open(script, fasseg):
    from training.labels import classes_of

    labels, face, person = fasseg
    band = fill(labels.shape, [brows(face)[0]]) > 0.5
    rows, columns = np.nonzero(band)
    fringe = np.zeros(labels.shape, bool)
    fringe[: rows.max(), columns.min() : columns.max()] = True
    labels[fringe & (labels > 0)] = 2
    shown = classes_of(labels, FASSEG, face, person)
    assert not shown["brows"].any()
    for name in ("skin", "hair", "background", "rest"):
        assert not shown[name][band & fringe].any()


def test_what_may_be_clothing_stays_open_and_the_wall_does_not(script, fasseg):
    from training.labels import classes_of

    labels, face, person = fasseg
    shown = classes_of(labels, FASSEG, face, person)
    known = np.any([shown[n] for n in HEAD_CLASSES], axis=0)
    assert not known[300:, 50:100].any()  # the shirt
    assert shown["background"][300:, :30].all() and shown["background"][:50].all()
    assert shown["skin"][300:, 120:180].all() and not shown["clothing"].any()


def test_cells_that_labels_leave_open_weigh_nothing(script, fasseg):
    from training.pictures import Labelled

    labels, face, person = fasseg
    rgb = np.full((*labels.shape, 3), 128, np.uint8)
    plain = Labelled("001", "b", "001", FASSEG, rgb, labels, (person,), face)
    small = script.shrunk(plain, script.LAYOUTS["head"])
    rng = np.random.default_rng(0)
    _, shares, weights = script.sample(small, "head", rng, plain=True)
    assert weights[118, 30] == 0 and weights[118, 63] > 0.9
    assert shares[:, 118, 30].max() < 0.01


def test_a_fold_leaves_out_all_pictures_of_a_person(script, tmp_path):
    from training.sitters import folds_of

    names = [f"{i:03d}" for i in range(1, 253)]
    for name in names:
        (tmp_path / f"{name}_labels.png").touch()
    lines = [f"{n} {'frontal' if int(n) < 71 else 'pose+15'}" for n in names]
    (tmp_path / "poses.txt").write_text("\n".join(lines))
    folds = folds_of([tmp_path], 3)
    at = {n: folds[f"{tmp_path.name}/{n}"] for n in names}
    assert at["021"] == at["014"] and at["069"] == at["002"]
    assert (
        len({at[f"{71 + 14 * pose + k:03d}"] for pose in range(13) for k in (4, 5)})
        == 1
    )
    assert {at[f"{71 + k:03d}"] for k in range(14)} == {0, 1, 2}


def test_folders_are_shown_equally_often_and_a_person_by_the_root(script, portrait):
    one = portrait["head"]
    other = replace(one, folder="b")
    pictures = [one, *(replace(other, person="p") for _ in range(4))]
    pictures.append(replace(other, person="q"))
    chances = script.chances(pictures)
    assert chances[0] == pytest.approx(0.5) and chances.sum() == pytest.approx(1)
    assert chances[1:5].sum() == pytest.approx(2 * chances[5])


@pytest.fixture
def head(script, portrait):
    """The head of the portrait, as it is."""
    from training.sample import LAYOUTS, cut

    return cut(portrait["head"], LAYOUTS["head"], None, np.random.default_rng(0))


def test_a_dark_face_keeps_its_light_and_shade_and_its_eyes(head):
    from training import skin_tones

    skin = head.share("skin") > 0.99
    head.features[60, 60] = np.eye(6)[1]  # an eye
    head.rgb[skin] *= np.linspace(0.25, 1, skin.sum())[:, None]
    before, labels = head.rgb.copy(), head.regions.copy()
    darkest = 1.0
    for seed in range(12):
        scene = replace(head, rgb=before)
        skin_tones.tanned(scene, np.random.default_rng(seed))
        inner = skin & (scene.features[..., [1, 4]].sum(2) == 0)  # no eye, no lips
        tone = np.median(scene.rgb[inner], 0).mean()
        alike = np.corrcoef(scene.rgb[inner].mean(1), before[inner].mean(1))[0, 1]
        assert np.array_equal(scene.regions, labels)
        if tone < 0.7 * np.median(before[inner]):
            assert alike > 0.8
            assert scene.rgb[60, 60].mean() > 1.2 * tone
        darkest = min(darkest, tone)
    assert darkest < 0.3


def test_a_shaved_head_is_skin_and_a_cropped_one_hair(head):
    from training.hair import short

    seen = set()
    for seed in range(8):
        scene = replace(head, regions=head.regions.copy())
        short(scene, np.random.default_rng(seed))
        top = scene.points[10] - [0, 0.08 * scene.height]
        x, y = np.round(top).astype(int)
        seen.add(HEAD_CLASSES[scene.regions[y, x].argmax()])
        assert scene.regions.sum(2)[scene.inside > 0.99] == pytest.approx(1, abs=1e-3)
    assert seen == {"skin", "hair"}


def test_dark_glasses_hide_the_eyes_and_clear_ones_do_not(head):
    from training.things import glasses

    hidden = set()
    eyes = fill(head.shape, [head.points[ring] for ring in EYES]) > 0.9
    for seed in range(12):
        scene = replace(head, regions=head.regions.copy())
        glasses(scene, np.random.default_rng(seed))
        other = scene.share("other")
        assert other.max() > 0.5
        hidden.add(bool(other[eyes].mean() > 0.8))
    assert hidden == {True, False}


@pytest.mark.parametrize("name", ["coloured_lights", "hard_shadow", "exposed"])
def test_light_changes_a_picture_and_leaves_it_a_picture(script, name):
    from training import light

    grey = np.full((CELLS, CELLS, 3), 0.4, np.float32)
    lit = [getattr(light, name)(grey, np.random.default_rng(i)) for i in range(6)]
    assert all(np.isfinite(each).all() and each.min() >= 0 for each in lit)
    assert np.mean([abs(each - grey).mean() for each in lit]) > 0.05


def test_an_open_mouth_shows_teeth_or_dark_but_no_line_beyond_the_lips(
    script, portrait
):
    from training.mouth import open_mouth
    from training.sample import LAYOUTS, cut

    for seed in range(6):
        rng = np.random.default_rng(seed)
        scene = cut(portrait["features"], LAYOUTS["features"], None, rng)
        left, right = scene.points[LIPS, 0].min(), scene.points[LIPS, 0].max()
        open_mouth(scene, rng)
        columns = np.nonzero(scene.features[..., -1] > 0.1)[1]
        assert left - 1 <= columns.min() and columns.max() <= right + 1


def test_clothes_are_painted_only_where_the_labels_leave_them_open(head):
    from training.surfaces import clothed

    head.regions[100:, :40] = 0
    head.regions[20:30, 40:60] = 0  # a brow under a fringe
    head.person[100:, :40] = 1
    before = head.rgb.copy()
    clothed(head, np.random.default_rng(0))
    assert head.share("clothing")[100:, 10:40].min() > 0.9
    assert head.regions[20:30, 40:60].max() == 0
    known = np.ones(head.shape, bool)
    known[100:, :40] = False
    assert np.allclose(head.rgb[known], before[known], atol=1e-3)


@pytest.mark.parametrize(
    ("words", "start"), [([], None), (["--start", "a.safetensors"], "a.safetensors")]
)
def test_the_command_line_trains_and_says_what_to_go_on_from(
    script, portrait, monkeypatch, words, start
):
    done = []
    monkeypatch.setattr(script, "read_labelled", lambda _: [portrait["head"]])
    monkeypatch.setattr(script, "train_all", lambda *given: done.append(given))
    monkeypatch.setattr(sys, "argv", ["train_parts.py", "portraits", *words])
    script.main()
    assert done[0][-1] == (start and Path(start))


def test_training_goes_on_from_given_weights(script, portrait, tmp_path):
    first, second = (tmp_path / f"{n}.safetensors" for n in (1, 2))
    pictures = [portrait["beard"]]
    script.train_all(pictures, [], [], 0, first)
    script.train_all(pictures, [], ["beard"], 0.004, second, start=first)
    near = [
        abs(one - two).max()
        for one, two in zip(
            load_nets(second)["beard"].parameters(),
            load_nets(first)["beard"].parameters(),
            strict=True,
        )
    ]
    assert 0 < max(near) < 0.02
