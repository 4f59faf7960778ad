"""Command lines as nobody should type them, drawn from a seed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

NAMES = (
    *("photo.png", "painting.png", "mask.png", "text.jpg", "empty.png", "none.png"),
    *("Photo.PNG", "photo.pgn", "folder", "photos", "./photo.png", "photo.png/"),
    *("маска.png", "a=b.png", "a#b.png", "two words.png", "a, b.png", "[1].png"),
    *("${oc.env:HOME}.png", "a${x}.png", "'photo.png'", '"photo.png"', "'", "{", "}"),
    *("~/x.png", "~nobody/x.png", "null", "", " ", ".", "..", "/", "-x.png", "2024"),
    *("list.txt", "table.npy", "weights.pth", "a\nb.png", "\udcff.png", "x" * 300),
    *("a\x1b[31m.png", "/dev/null", "https://nowhere.invalid/a.png", "monet", "???"),
)
NUMBERS = (
    *"0 1 -1 2.5 1e3 1e400 -0 nan inf -inf true null many".split(),
    *("", "[1]", "[]", "{a: 1}", "0x10", "9" * 30, "1_0", "${k}", "1,2", "'1'"),
)
WORDS = (
    *"none auto all masks noise content own map x null".split(),
    *("", *"portrait maps lite standin softmask regions exact 1 a:b".split()),
    *("[a]", "{a: b}", "{a: {b: c}}", "{", "[", "${style}", "a b", "a,b", "'", "3:2"),
)
MAPS = (
    *("mask.png", "{left: mask.png}", "{skin: mask.png, hair: none.png}"),
    *("{skn: mask.png}", "{left: mask.png", "{left}", "{: mask.png}", "{}"),
    *("[mask.png]", "[mask.png,null]", "folder", "table.npy", "{left: 'mask.png'}"),
    *("{a=b: a=b.png}", "[{left: mask.png}]"),
)
KEYS = {
    **dict.fromkeys(("content", "style", "init", "out", "checkpoint"), NAMES),
    **dict.fromkeys(("encoder.weights", "style.image", "masks.drawn.names"), NAMES),
    **dict.fromkeys(("map", "style.map", "masks.drawn.content"), (*MAPS, *NAMES)),
    **dict.fromkeys(("gamma", "k", "seed", "strength", "intermediates"), NUMBERS),
    **dict.fromkeys(("style_scale", "aspect", "quiet", "stylizer.seconds"), NUMBERS),
    **dict.fromkeys(("hardware.memory", "balance.content", "stylizer.gamma"), NUMBERS),
    **dict.fromkeys(("stage", "masks", "color", "refresh", "optimizer"), WORDS),
    **dict.fromkeys(("find_maps", "masks.refine", "masks/refine", "encoder"), WORDS),
    **dict.fromkeys(("hardware.device", "stylizer", "regions", "masks.parts"), WORDS),
    **dict.fromkeys(("regions.person", "regions.background"), (*NAMES, *WORDS)),
    "regions": ("{person: monet}", "{person: {monet: 1}}", "{person: {}}", "{a", "x"),
    "size": ("48", "64", "31", "0", "-5", "1e3", "99999", "big", "", "4.5", "48,64"),
    "stylizer.iterations": ("[1]", "1", "[]", "[0]", "[a]", "[1,1]", "null"),
    "masks._target_": ("os.getcwd", "automask.masks.Blur", "x", "", "7"),
    "hydra.job.num": NUMBERS,
    "hydra.run.dir": NAMES,
    "hydra.searchpath": ("[file:///nowhere]", "[pkg://x]", "x"),
    "hydra/launcher": ("nope", "basic"),
    "hydra.callbacks.x._target_": ("os.getcwd",),
}
GOOD = {  # what leads further in, where other things may go wrong
    **dict.fromkeys(("seed", "k", "strength", "intermediates", "quiet"), ("0", "1")),
    "gamma": ("0", "3", "1e2"),
    "style_scale": ("own", "0.5", "2"),
    "stage": ("masks",),
    "masks": ("maps", "none"),
    "init": ("noise", "mask.png", "two words.png"),
    "out": ("b.png", "b.JPEG", "o", "o/b.jpg", "a.b/", "два.png", "a#b.png", "~/b.png"),
    "checkpoint": ("s.state", "states/", "o/", "b.png"),
    "map": ("mask.png", "{left: mask.png}", "{skin: a=b.png}", "folder", "table.npy"),
    "style.map": ("mask.png", "{left: mask.png}", "[{left: mask.png}]", "folder"),
    "regions.person": ("monet", "mask.png", "{monet: 1, mask.png: 2}"),
    "regions": ("{left: monet, background: painting.png}", "{left: {monet: 1}}"),
    "style": ("monet", "monet+mask.png", "a, b.png", "painting.png+photo.png"),
    "content": ("astronaut", "маска.png", "a=b.png", "photos/a.png"),
    "hardware.memory": ("3000", "null"),
    "color": ("none", "match", "luminance"),
    "find_maps": ("true",),
    "aspect": ("3:2", "1"),
}
FLAGS = (
    *("-q", "--quiet", "--version", "--help", "--cfg", "--cfg=job", "--info", "-x"),
    *("--config-dir", "--config-dir=none", "--resolve", "--fast", "-", "--", "--run"),
    *("--package", "--shell-completion", "--hydra-help", "-c job", "--config-name=x"),
)
BATCH = {
    **dict.fromkeys(("manifest", "address"), NAMES),
    **dict.fromkeys(("workers", "threads", "engine.retries"), NUMBERS),
    **dict.fromkeys(("recursive", "retry", "fresh", "keep_masks"), NUMBERS),
    "suffix": ("png", "jpg", "gif", ""),
    "engine": ("inline", "none", ""),
}
PLAIN = ("content=photo.png", "style=painting.png", "size=48")
MOST = 128  # px: larger pictures are slow, and no worse


@dataclass(frozen=True)
class Line:
    """What is typed: the program, "run" or "batch", and its words."""

    program: str
    words: tuple[str, ...]


def drawn(seed: int, number: int) -> Line:
    """The command line of that number.

    Args:
        seed: Of all lines.
        number: Of this one; the same whatever others are drawn.
    """
    random = Random(f"{seed} {number}")
    kind = random.choices(("run", "sweep", "batch", "styles"), (12, 3, 4, 1))[0]
    words = list(PLAIN) if random.random() < 0.85 else []
    keys = KEYS | BATCH if kind == "batch" else KEYS
    for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 5))):
        key = random.choice(list(GOOD if random.random() < 0.5 else keys))
        values = GOOD[key] if key in GOOD and random.random() < 0.6 else keys[key]
        words.append(f"{key}={random.choice(values)}")
    if kind == "batch":
        words += random.sample(("out=o", "content=photos", "style=monet"), 2)
    if random.random() < 0.1:
        words += random.choice(FLAGS).split()
    if kind == "sweep":
        words += ["-m", *random.sample(("gamma=0,20", "k=1,2", "seed=0,1"), 1)]
    for _ in range(random.choice((0, 0, 0, 0, 1, 2))):
        random.choice(SLIPS)(words, random)
    if kind == "styles":
        words = ["styles", *random.sample(words, min(1, len(words)))]
    if kind == "batch":
        words.append("engine=inline")  # last: processes of a pool would outlive a line
    return Line("batch" if kind == "batch" else "run", tuple(map(_small, words)))


def _slip(words: list[str], random: Random) -> int:
    return random.randrange(len(words)) if words else 0


def _changed(change: Callable[[str, Random], str]) -> Callable[..., None]:
    def slip(words: list[str], random: Random) -> None:
        if words:
            place = _slip(words, random)
            words[place] = change(words[place], random)

    return slip


def _swapped(word: str, random: Random) -> str:
    place = random.randrange(max(1, len(word) - 1))
    return word[:place] + word[place : place + 2][::-1] + word[place + 2 :]


def _strewn(word: str, random: Random) -> str:
    place = random.randrange(len(word) + 1)
    return word[:place] + random.choice("=,'\"{}[]()$#@\\ :~+*\n\té") + word[place:]


def _parted(words: list[str], random: Random) -> None:
    if words:
        place = _slip(words, random)
        words[place : place + 1] = words[place].partition("=")


SLIPS: tuple[Callable[[list[str], Random], None], ...] = (
    _changed(_swapped),
    _changed(_strewn),
    _changed(lambda word, random: word[: random.randrange(len(word) + 1)]),
    _changed(lambda word, random: random.choice(("+", "++", "~", "--", "=")) + word),
    _changed(lambda word, random: word.upper()),
    _changed(lambda word, random: word.replace("=", random.choice(("", ":", " = ")))),
    _parted,
    lambda words, random: random.shuffle(words),
    lambda words, random: words.extend(words[:1]),
    lambda words, random: words.insert(0, random.choice((*NAMES, *WORDS))),
)


def _small(word: str) -> str:
    """The same, but for pictures that would take long."""
    found = re.fullmatch(r"([+~]*\w*size\W*)(\d{3,5})", word, re.I)
    large = found is not None and MOST < int(found[2]) < 20000
    return f"{found[1]}48" if found is not None and large else word
