"""Places on a face: told alike in all pictures, and a soft guide of the matching."""

from __future__ import annotations

import copy
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from planted import TinyEncoder, generator
from torch import Tensor

from automask.cache.cached import CachedPair, cached_source
from automask.cache.store import Cache
from automask.config import config_folder, register
from automask.masks import PairMasks, SoftMasks
from automask.masks.portrait.face_polygons import BROWS, OVAL
from automask.masks.portrait.face_positions import positions
from automask.pipeline.find_masks import _fitted, pictures
from stylize import MRF, Content, Encoded, Every, Picture, Pyramid, Stylizer
from stylize.copies import Copies
from stylize.encoders.encoder import encode
from stylize.matching.mask_guidance import UNIT_GAMMA, guidance
from stylize.optimize.tiles import Tile
from stylize.picture import mapped, sized

LAYERS = ["relu3_1", "relu4_1"]
STRIDES = {"relu3_1": 2, "relu4_1": 4}
RIGHT_EYE, LEFT_EYE, NOSE, CHIN = 33, 263, 1, 199  # of MediaPipe's face mesh


def head(
    x: float, y: float, height: float, turn: float = 0.0, yaw: float = 0.0
) -> np.ndarray:
    """(478, 2) landmarks in px of a head with the depth of an egg.

    Args:
        x: Its middle.
        y: Likewise.
        height: Forehead to chin.
        turn: Degrees clockwise in the picture.
        yaw: Degrees that it looks to the side.
    """
    rng = np.random.default_rng(0)
    angle, radius = 2 * np.pi * rng.random(478), 0.95 * np.sqrt(rng.random(478))
    flat = np.stack([0.8 * radius * np.sin(angle), -radius * np.cos(angle)], 1)
    rim = np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False)
    flat[OVAL] = np.stack([0.8 * np.sin(rim), -np.cos(rim)], 1)
    for ring, middle in zip(BROWS, (-0.35, 0.35), strict=True):
        flat[ring] = np.stack([middle + np.linspace(-0.15, 0.15, 10), [-0.4] * 10], 1)
    flat[[RIGHT_EYE, LEFT_EYE, NOSE, CHIN]] = [
        *((-0.35, -0.2), (0.35, -0.2), (0, 0.15), (0, 0.85))
    ]
    depth = 0.7 * np.sqrt(np.clip(1 - (flat[:, 0] / 0.8) ** 2 - flat[:, 1] ** 2, 0, 1))
    a, b = np.radians([turn, yaw])
    across = flat[:, 0] * np.cos(b) + depth * np.sin(b)
    seen = np.stack([across, flat[:, 1]], 1) * height / 2
    rotation = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return (seen @ rotation.T + [x, y]).astype(np.float32)


def picture_of(*heads: np.ndarray, size: tuple[int, int] = (240, 240)) -> SoftMasks:
    """All skin, with these heads in it."""
    faces = torch.from_numpy(np.stack(heads)) if heads else None
    return SoftMasks(("skin",), torch.ones(1, *size), ("planted",), landmarks=faces)


def told(places: Tensor, points: np.ndarray) -> np.ndarray:
    """(N, 2) places that a map tells at points of its picture, px."""
    columns, rows = np.floor(points).astype(int).T
    x, y, mask = places[:, rows, columns].numpy()
    assert (mask > 0).all()
    return np.stack([x, y], 1) / mask[:, None]


def inner(points: np.ndarray) -> np.ndarray:
    """Rows of landmarks well within the outline, where the mask is certain."""
    middle = (points.max(0) + points.min(0)) / 2
    return np.flatnonzero((np.abs(points - middle) < 0.3 * np.ptp(points, 0)).all(1))


PLAIN = head(120, 120, 160)


@pytest.mark.parametrize(
    "other",
    [
        head(150, 100, 120),
        head(120, 120, 160, turn=35),
        head(110, 130, 180, turn=-80),
        head(120, 120, 100, turn=180),
    ],
)
def test_a_moved_turned_and_resized_face_has_the_same_places(other):
    content, style = positions(picture_of(other), [picture_of(PLAIN)])
    assert content is not None and style is not None
    rows = inner(PLAIN)
    apart = told(content, other[rows]) - told(style, PLAIN[rows])
    eyes = float(np.diff(told(style, PLAIN[[RIGHT_EYE, LEFT_EYE]])[:, 0])[0])
    assert eyes > 0.2
    # A place is read at the pixel that a landmark lies on, up to 0.7 px beside it.
    px = 0.7 * eyes / float(np.hypot(*(other[RIGHT_EYE] - other[LEFT_EYE])))
    assert np.abs(apart).mean() < 0.02 * eyes + px / 2
    assert np.abs(apart).max() < 0.02 * eyes + 2 * px


@pytest.mark.parametrize("yaw", [-40, 25, 40])
def test_eyes_nose_and_cheeks_of_a_turned_head_are_told_as_those_of_a_straight_one(yaw):
    other = head(120, 120, 160, yaw=yaw)
    content, style = positions(picture_of(other), [picture_of(PLAIN)])
    near = RIGHT_EYE if yaw > 0 else LEFT_EYE  # the other one may be out of sight
    seen = [near, NOSE, CHIN]
    eyes = float(np.diff(told(style, PLAIN[[RIGHT_EYE, LEFT_EYE]])[:, 0])[0])
    apart = told(content, other[seen]) - told(style, PLAIN[seen])
    assert np.abs(apart).max() < 0.1 * eyes
    moved = np.abs(other[seen] - PLAIN[seen]).max() / np.ptp(PLAIN[[33, 263], 0])
    assert moved > 0.3  # without the warp they would not be found there


def test_a_warp_does_not_fold_where_the_head_is_turned_away():
    for pair in ((40, 0), (0, 40), (-20, 30)):
        one, two = (picture_of(head(120, 120, 160, yaw=yaw)) for yaw in pair)
        content, _ = positions(one, [two])
        certain = content[2, 1:, 1:] > 0.5
        x, y = content[:2] / content[2].clamp_min(1e-6)
        area = x.diff(dim=1)[1:] * y.diff(dim=0)[:, 1:]
        area = area - x.diff(dim=0)[:, 1:] * y.diff(dim=1)[1:]
        assert (area[certain] < 0).float().mean() < 0.02


def test_of_two_profiles_that_look_apart_nothing_is_told():
    left, right = (picture_of(head(120, 120, 160, yaw=yaw)) for yaw in (-70, 70))
    assert positions(left, [left])[0][2].max() > 0.5
    assert positions(left, [right])[0][2].max() == 0


def test_without_a_face_on_either_side_there_are_no_places():
    face, none = picture_of(PLAIN), picture_of()
    assert positions(none, [face]) == [None, None]
    assert positions(face, [none]) == [None, None]
    content, first, second = positions(face, [none, face])
    assert content is not None and first is None and second is not None
    assert positions(replace(face, names=("person",)), [face]) == [None, None]


def test_each_of_two_faces_has_its_own_places_and_there_are_none_between():
    # Cheek by cheek, aslant: each reaches into the upright rectangle about the other.
    one, two = head(85, 85, 110, turn=45), head(150, 150, 110, turn=45)
    rows = inner(PLAIN)
    want = told(positions(picture_of(PLAIN), [picture_of(PLAIN)])[0], PLAIN[rows])
    for order in ((one, two), (two, one)):
        content, _ = positions(picture_of(*order), [picture_of(PLAIN)])
        for points in order:
            assert np.abs(told(content, points[rows]) - want).max() < 0.03
        assert content[2, 118, 118] < 0.1 and content[2, 0, 0] == 0


def test_a_face_fades_at_its_rim_and_tells_nothing_where_skin_is_covered():
    face = picture_of(PLAIN)
    fringe = face.probs.clone()
    fringe[:, :80] = 0
    places = positions(replace(face, probs=fringe), [face])[0]
    assert places[2, :80].max() == 0
    assert (positions(face, [replace(face, probs=fringe)])[1][2, :80] == 0).all()
    row = positions(face, [face])[0][2, 120]
    assert row.max() == 1 and row.diff().abs().max() < 0.1


def test_unmatched_regions_have_positions_in_a_content_and_none_in_a_style():
    face = picture_of(PLAIN)
    beard = (torch.arange(240) > 150).float()[:, None].expand(1, 240, 240)
    bearded = replace(face, unmatched=SoftMasks(("beard",), beard, ("planted",)))
    _, style = positions(face, [bearded])
    assert style[2, 151:].max() == 0 and style[2, 150].max() == 1
    content, _ = positions(bearded, [face])
    assert content.equal(positions(face, [face])[0])


def test_a_face_that_leaves_the_picture_is_told_as_far_as_it_is_seen():
    places, whole = positions(
        picture_of(PLAIN - [100, 0], size=(240, 150)), [picture_of(PLAIN)]
    )
    assert (told(places, PLAIN[[263]] - [100, 0]) == 0).sum() == 0
    difference = told(places, PLAIN[[263]] - [100, 0]) - told(whole, PLAIN[[263]])
    assert np.abs(difference).max() < 0.02
    beyond = picture_of(PLAIN + [500, 0])
    assert positions(beyond, [picture_of(PLAIN)])[0].max() == 0


def found_masks(landmarks: Tensor | None, size: int = 64) -> SoftMasks:
    probs = torch.zeros(2, size, size)
    probs[:, 8:56, 8:56] = 1
    return SoftMasks(("person", "skin"), probs, ("a", "b"), landmarks=landmarks)


@pytest.mark.parametrize("remembered", [False, True])
def test_landmarks_come_through_the_choice_of_masks_and_the_memory(remembered):
    faces = torch.from_numpy(head(32, 32, 40))[None]
    images = list(torch.rand(2, 1, 3, 64, 64, generator=generator()))

    def find(image: Tensor) -> SoftMasks:
        return found_masks(faces + 1 if image.equal(images[0]) else None)

    source, cache = find, Cache()
    if remembered:
        source = cached_source(find, {}, cache)
    pair = PairMasks(
        sources={"planted": source, "more": lambda image: found_masks(faces + 2)},
        content_domain="photo",
        style_domain="photo",
    )
    for _ in range(2):
        asked = CachedPair(pair, {}, cache) if remembered else pair
        content, (style,) = asked(images[0], images[1:])
        assert content.landmarks.equal(faces + 1)  # the first source that knows any
        assert style.landmarks.equal(faces + 2)


def test_landmarks_are_those_of_the_picture_as_it_is_shown():
    masks = found_masks(torch.from_numpy(head(32, 32, 40))[None])
    large = _fitted(masks, torch.zeros(1, 3, 128, 192))
    assert large.landmarks.equal(masks.landmarks * torch.tensor([3.0, 2.0]))


def test_pictures_of_a_run_carry_their_places():
    image, face = torch.zeros(1, 3, 240, 240), picture_of(PLAIN)
    for other in (face, picture_of()):
        content, style = pictures([image, image], [face, other])
        expected = positions(face, [other])
        for each, places in zip((content, style), expected, strict=True):
            assert (each.positions is None) == (places is None)
            assert places is None or each.positions.equal(places)


def planted(side: int = 48, seed: int | None = None) -> Picture:
    """A face that fills a picture; without a seed it shows nothing else."""
    image = torch.full((1, 3, side, side), 0.5)
    if seed is not None:
        image = torch.rand(1, 3, side, side, generator=generator(seed))
    share = (torch.arange(side) + 0.5) / side
    y, x = torch.meshgrid(share, share, indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)])
    return Picture(image, torch.ones(1, side, side), ("skin",), positions=places)


def test_sizes_tiles_and_copies_carry_the_places():
    whole = planted(64, seed=1)
    half = sized(whole, 32, 32)
    expected = planted(32).positions
    assert (half.positions - expected)[:, 1:-1, 1:-1].abs().max() < 1e-3
    tile = Tile(slice(16, 48), slice(32, 64))
    assert mapped(whole, tile.of).positions.equal(whole.positions[:, 16:48, 32:64])
    upright, turned = Copies(rotations=1, angle=90)([whole])[:2]
    assert upright.positions.equal(whole.positions)
    for line in (turned.positions, whole.positions.rot90(1, (1, 2))):
        assert line[0].diff(dim=0).abs().mean() > 10 * line[0].diff(dim=1).abs().mean()
    (plain, *_) = Copies(scales=1)(
        [replace(whole, unmatched={"beard": whole.masks[0]})]
    )
    assert plain.unmatched["beard"].shape == plain.image.shape[2:]


def test_places_of_another_size_are_refused():
    whole = planted()
    with pytest.raises(ValueError, match=r"positions have shape \(2, 48, 48\)"):
        replace(whole, positions=whole.positions[:2])


def encoded(picture: Picture) -> Encoded:
    return encode(TinyEncoder(), picture, LAYERS)


def matches(content: Picture, style: Picture, **options):
    """Per layer: (2, h, w) rows and columns of the matched cells, and the objective."""
    own = encoded(content)
    objective = MRF(1.0, LAYERS, **({"gamma": 20.0} | options)).prepare(
        own, [encoded(style)]
    )
    objective.loss(own, 0)
    found = []
    for layer in objective.matches.layers.values():
        width = int(layer.index.width[0])
        found.append(torch.stack([layer.nearest // width, layer.nearest % width]))
    return found, objective


def offset(found: Tensor, border: int = 0) -> float:
    """Mean distance of matches from the place they were asked from, cells.

    Args:
        found: (2, h, w) rows and columns.
        border: Rows and columns at each side that do not count.
    """
    rows, columns = found.shape[1:]
    own = torch.stack(
        torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    )
    apart = (found - own).float().norm(dim=0)
    return float(apart[border : rows - border, border : columns - border].mean())


def test_on_featureless_pictures_each_match_goes_to_its_place_on_the_face():
    inner, _ = matches(planted(), planted(), position_weight=1.0)
    blind, _ = matches(planted(), planted())
    for steered, free in zip(inner, blind, strict=True):
        assert offset(steered, 1) < 1 < 4 < offset(free)


def test_appearance_wins_near_by_and_the_place_wins_far_off():
    """A patch finds its copy a little beside its place; strangers match near it."""
    near, _ = matches(planted(seed=1), planted(seed=2), position_weight=1.0)
    far, _ = matches(planted(seed=1), planted(seed=2))
    assert offset(near[0]) < 0.35 * offset(far[0])
    shifted = planted(seed=1)
    beside = replace(shifted, image=shifted.image.roll(4, dims=3))  # 2 of 24 cells
    found, _ = matches(shifted, beside, position_weight=1.0)
    own = torch.arange(found[0].shape[2])
    assert ((found[0][1] - own) == 2)[:, 3:-4].float().mean() > 0.9


@pytest.mark.parametrize("options", [{}, {"gamma": 0.0, "position_weight": 3.0}])
def test_without_weight_or_masks_places_change_nothing_bit_for_bit(options):
    content, style = planted(seed=1), planted(seed=2)
    with_places, one = matches(content, style, **options)
    blind = (replace(each, positions=None) for each in (content, style))
    without, two = matches(*blind, gamma=options.get("gamma", 20.0))
    for first, second in zip(with_places, without, strict=True):
        assert first.equal(second)
    for first, second in zip(
        one.matches.layers.values(), two.matches.layers.values(), strict=True
    ):
        assert first.cells.equal(second.cells)
        assert first.masks.query.equal(second.masks.query)
        assert first.masks.keys[0].equal(second.masks.keys[0])
    assert one.loss(encoded(content), 1).equal(two.loss(encoded(content), 1))


def test_places_are_no_border_and_make_no_region_under_represented():
    content, style = planted(seed=1), planted(seed=2)
    _, objective = matches(content, style, position_weight=3.0)
    assert set(objective.matches.crossing().values()) == {0.0}
    assert not objective.matches.under_represented()


def test_a_certain_place_is_as_long_as_a_certain_mask_wherever_it_is():
    picture = planted()
    own, blind = encoded(picture), encoded(replace(picture, positions=None))
    settings = {"gamma": 20.0, "mask_weights": {}, "coverage": 3.0}

    def channels(content: Encoded, *styles: Encoded) -> list[Tensor]:
        """Those of positions, of the content and of each style."""
        found = guidance("relu3_1", content, styles, **settings, position_weight=1.0)
        return [each[len(found.names) :] for each in (found.query, *found.keys)]

    ours, theirs, none = channels(own, own, blind)
    lengths = ours.norm(dim=0)
    scale = sqrt(own.features["relu3_1"].shape[1]) * 20 / UNIT_GAMMA
    torch.testing.assert_close(lengths, torch.full_like(lengths, scale))
    assert none.shape == ours.shape == theirs.shape
    assert none.abs().max() == 0  # a style without a face has no positions
    faint = encoded(replace(picture, positions=picture.positions * 0.25))  # at its rim
    torch.testing.assert_close(channels(faint, own)[0], ours * 0.25)
    assert len(channels(blind, own)[0]) == 0


@pytest.mark.parametrize(("method", "weight"), [("softmask", 1.0), ("cnnmrf", 0.0)])
def test_softmask_alone_heeds_positions_unless_asked(method, weight):
    register()
    folder = str(config_folder().absolute())
    with initialize_config_dir(folder, version_base="1.3"):
        words = [f"stylizer={method}", "content=a.png", "style=monet"]
        terms = compose("run", overrides=words).stylizer.terms
    built = [instantiate(term, _convert_="all") for term in terms.values()]
    weights = [term.position_weight for term in built if isinstance(term, MRF)]
    assert set(weights) == {weight}


def test_landmarks_that_are_no_points_are_refused():
    with pytest.raises(ValueError, match=r"must be \(F, N, 2\), got \(478, 2\)"):
        replace(picture_of(PLAIN), landmarks=torch.from_numpy(PLAIN))


def test_a_negative_position_weight_is_refused():
    with pytest.raises(ValueError, match="position_weight must be a finite number"):
        MRF(1.0, LAYERS, 20.0, position_weight=-1.0)


def test_a_killed_painting_with_places_goes_on_to_the_same_picture():
    term = MRF(1.0, LAYERS, 20.0, refresh=Every(4), position_weight=1.0)
    stylizer = Stylizer(
        TinyEncoder(),
        {"style": term, "content": Content(0.3, ["relu4_1"])},
        pyramid=Pyramid(1),
        iterations=[20],
    )
    pair = planted(seed=1), [planted(seed=2)]
    kept: list[dict] = []

    class Killed(Exception):
        pass

    def stop(step) -> None:
        if step.iteration == 14:
            raise Killed

    with pytest.raises(Killed):
        stylizer(*pair, None, stop, save=lambda s: kept.append(copy.deepcopy(s)))
    whole = stylizer(*pair)
    assert kept and stylizer(*pair, resume=kept[-1]).image.equal(whole.image)
    plain = replace(term, position_weight=0.0)
    other = replace(stylizer, terms={**stylizer.terms, "style": plain})(*pair)
    assert not other.image.equal(whole.image)
