"""What was found once is not sought again, and nothing else is taken for it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import sleep

import pytest
import torch
from planted import TinyEncoder, generator

from automask.cache.cached import (
    CachedEncoder,
    CachedPair,
    cached_source,
    content_key,
)
from automask.cache.store import Cache, Entry
from automask.masks import PairMasks
from automask.masks.soft import SoftMasks

MIB = 2**20


def entry(value=0.0, mebibytes=0.1):
    return Entry({"x": torch.full((int(mebibytes * MIB / 4),), value)}, {"w": "ord"})


def counted(value=0.0):
    calls = []

    def make():
        calls.append(value)
        return entry(value)

    return make, calls


def test_an_entry_is_made_once():
    cache = Cache()
    make, calls = counted(3.0)
    for _ in range(3):
        assert cache("x", "key", make, shared=True).tensors["x"][0] == 3
    assert len(calls) == 1
    assert cache.counts == {"x made": 1, "x reused": 2}


def test_what_was_not_used_for_longest_goes_first():
    cache = Cache(memory=0.25)  # two entries of 0.1 MiB
    for key in ("a", "b", "a", "c"):
        cache("x", key, entry, shared=False)
    make, calls = counted()
    cache("x", "a", make, shared=False)
    assert not calls
    cache("x", "b", make, shared=False)
    assert calls


def test_one_too_large_leaves_the_others():
    cache = Cache(memory=0.25)
    cache("x", "a", entry, shared=False)
    cache("x", "large", lambda: entry(mebibytes=1), shared=False)
    make, calls = counted()
    cache("x", "a", make, shared=False)
    assert not calls


def test_two_processes_share_a_folder_and_only_one_makes(tmp_path):
    calls = []

    def slow():
        calls.append(1)
        sleep(0.3)
        return entry(5.0)

    def ask(cache):
        return cache("x", "key", slow, shared=True)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, [Cache(tmp_path), Cache(tmp_path)])
    assert len(calls) == 1
    assert first.tensors["x"].equal(second.tensors["x"])
    assert first.metadata == second.metadata == {"w": "ord"}


def test_what_is_not_shared_stays_in_its_process(tmp_path):
    Cache(tmp_path)("x", "key", entry, shared=False)
    assert not list(tmp_path.iterdir())


def test_a_key_changes_with_a_single_pixel_the_configuration_and_the_shape():
    image = torch.rand(1, 3, 8, 6, generator=generator())
    other = image.clone()
    other[0, 2, 7, 5] += 1e-6
    keys = [
        content_key("found", {"a": 1}, [image]),
        content_key("found", {"a": 2}, [image]),
        content_key("chosen", {"a": 1}, [image]),
        content_key("found", {"a": 1}, [other]),
        content_key("found", {"a": 1}, [image.view(1, 3, 6, 8)]),
        content_key("found", {"a": 1}, [image, image]),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == content_key("found", {"a": 1}, [image.clone()])


def person(calls):
    def source(image):
        calls.append(image)
        probs = image.mean(dim=1).clamp(0, 1)
        return SoftMasks(("person",), probs, ("planted",), confidence=(0.3,))

    return source


@pytest.mark.parametrize("shared", [True, False])
def test_masks_come_back_as_they_were_found(tmp_path, shared):
    calls, image = [], torch.rand(1, 3, 16, 12, generator=generator())
    cache = Cache(tmp_path if shared else None)
    source = cached_source(person(calls), {"n": 1}, cache)
    first, again = source(image), source(image.clone())
    if shared:  # another process
        again = cached_source(person(calls), {"n": 1}, Cache(tmp_path))(image)
    assert len(calls) == 1
    assert (first.names, first.sources) == (again.names, again.sources)
    assert first.confidence == again.confidence == (0.3,)
    assert first.probs.equal(again.probs)


def test_another_k_finds_nothing_anew_but_chooses_anew():
    calls, cache = [], Cache()
    content, style = torch.rand(2, 1, 3, 32, 32, generator=generator())
    pair = PairMasks(
        sources={"planted": cached_source(person(calls), {}, cache)},
        content_domain="photo",
        style_domain="art",
    )
    for k in (1, 3, 1):
        masks = CachedPair(replace(pair, k=k), {"k": k}, cache)
        expected, (other,) = replace(pair, k=k)(content, [style])
        got, (painted,) = masks(content, [style])
        assert got.names == expected.names and got.probs.equal(expected.probs)
        assert painted.probs.equal(other.probs)
    assert len(calls) == 2
    assert cache.counts["masks chosen made"] == 2
    assert cache.counts["masks chosen reused"] == 1


@pytest.mark.parametrize("shared", [False, True])
def test_unmatched_regions_of_a_content_are_remembered_with_it(shared, tmp_path):
    half = torch.zeros(2, 32, 32)
    half[:, :20] = 1.0
    whole = SoftMasks(("person", "skin"), half, ("planted", "planted"))
    images = torch.rand(2, 1, 3, 32, 32, generator=generator())

    def found(image):
        if image.equal(images[0]):
            return whole
        return SoftMasks(("person",), half[:1], ("planted",))

    pair = PairMasks(sources={"planted": found}, content_domain="photo")
    pair = replace(pair, style_domain="photo")
    expected, (other,) = pair(images[0], [images[1]])
    assert expected.unmatched is not None and expected.unmatched.names == ("skin",)
    for _ in range(2):
        cache = Cache(tmp_path if shared else None)
        masks, (style,) = CachedPair(pair, {}, cache)(images[0], [images[1]])
        assert masks.names == expected.names and style.unmatched is None
        assert masks.unmatched is not None and masks.unmatched.names == ("skin",)
        assert masks.unmatched.probs.equal(expected.unmatched.probs)
        assert style.probs.equal(other.probs)


def test_a_fixed_image_is_encoded_once_and_the_painted_one_each_time():
    tiny, cache = TinyEncoder(), Cache()
    encoder = CachedEncoder(tiny, {}, cache)
    image = torch.rand(1, 3, 32, 32, generator=generator())
    layers = ["relu3_1", "relu4_1"]
    first, again = encoder(image, layers), encoder(image, layers)
    assert all(first[layer].equal(again[layer]) for layer in layers)
    assert cache.counts == {"features made": 1, "features reused": 1}
    assert encoder(image, ["relu3_1"]).keys() == {"relu3_1"}
    painted = image.clone().requires_grad_(True)
    encoder(painted, layers)["relu4_1"].sum().backward()
    assert painted.grad is not None and cache.counts["features made"] == 2
    assert encoder.stride("relu4_1") == tiny.stride("relu4_1")
