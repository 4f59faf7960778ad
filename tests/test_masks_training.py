"""What scripts/train_parts.py trains on: labels follow every alteration."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from test_masks_parts import planted_face

from automask.masks.classifier import FEATURE_CLASSES, HEAD_CLASSES
from automask.masks.cues import FEATURE_CUES, HEAD_CUES
from automask.masks.frame import CELLS
from automask.masks.parts import LIPS, NOSE, OVAL, fill

SCRIPTS = Path(__file__).parents[1] / "scripts"
NAMES = dict(background=0, skin=1, clothing=2, hair=3, nose=4, lips=5)


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(SCRIPTS))
    import train_parts

    yield train_parts
    sys.path.remove(str(SCRIPTS))


@pytest.fixture
def portrait(script):
    """A face with nose, lips and hair over clothes, labelled."""
    from training.pictures import REGIONS, Labelled

    face = planted_face(150, 160, 130)
    labels = np.zeros((400, 300), np.uint8)
    labels[fill(labels.shape, [planted_face(150, 150, 170).points[OVAL]]) > 0.5] = 3
    labels[240:] = 2
    for ring, name in ((OVAL, "skin"), (NOSE, "nose"), (LIPS, "lips")):
        labels[fill(labels.shape, [face.points[ring]]) > 0.5] = NAMES[name]
    colours = [(90, 120, 160), (200, 150, 120), (60, 60, 90), (50, 30, 20)]
    rgb = np.array([*colours, (205, 150, 115), (170, 70, 70)], np.uint8)[labels]
    person = (labels > 0).astype(np.float32)
    names = NAMES | {n: 99 for part in REGIONS.values() for n in part if n not in NAMES}
    from training.sample import LAYOUTS

    plain = Labelled("01", rgb, labels, (person,), face)
    return {
        kind: script.shrunk(plain, layout, names) for kind, layout in LAYOUTS.items()
    }


@pytest.mark.parametrize(
    ("kind", "cues", "classes"),
    [("head", HEAD_CUES, HEAD_CLASSES), ("features", FEATURE_CUES, FEATURE_CLASSES)],
)
def test_shares_of_the_classes_stay_shares_however_altered(
    script, portrait, kind, cues, classes
):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        seen, shares, weights = script.sample(portrait[kind], kind, rng)
        assert seen.shape == (cues, CELLS, CELLS) and np.isfinite(seen).all()
        assert shares.shape == (len(classes), CELLS, CELLS)
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
    from training.sample import LAYOUTS, cut, open_mouth

    rng = np.random.default_rng(1)
    scene = cut(portrait["features"], LAYOUTS["features"], None, rng)
    assert scene.features[..., -1].max() == 0
    chin = scene.points[152, 1]
    open_mouth(scene, rng)
    rows = np.nonzero(scene.features[..., -1] > 0.5)[0]
    lips = np.nonzero(scene.features[..., 4] > 0.5)[0]
    assert lips.min() < rows.mean() < lips.max()
    assert scene.points[152, 1] > chin


def test_a_beard_changes_the_colour_and_no_label_and_a_hand_is_skin(script, portrait):
    from training.sample import LAYOUTS, cut
    from training.surfaces import beard
    from training.things import hand

    rng = np.random.default_rng(0)
    scene = cut(portrait["head"], LAYOUTS["head"], None, rng)
    before, colours = scene.share("skin").copy(), scene.rgb.copy()
    beard(scene, rng)
    assert np.array_equal(scene.share("skin"), before)
    assert abs(scene.rgb - colours).max() > 0.1
    hand(scene, rng)
    assert scene.share("skin").sum() > before.sum()


def test_a_perfect_answer_has_no_loss_and_a_wrong_one_has(script):
    shares = torch.zeros(1, 5, 8, 8)
    shares[:, 1, :4], shares[:, 0, 4:] = 1, 1
    weights = torch.ones(1, 8, 8)
    right = script.loss_of(20 * shares, shares, weights)
    wrong = script.loss_of(20 * shares.flip(2), shares, weights)
    assert right < 0.3 < wrong


def test_the_same_seed_draws_the_same_samples(script, portrait):
    one, two = (
        script.sample(portrait["head"], "head", np.random.default_rng(7))[0]
        for _ in range(2)
    )
    assert np.array_equal(one, two)
