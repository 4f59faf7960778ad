"""What ``--help`` tells of a run and of a batch."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from automask.keys import BatchKeys, RunKeys, VideoKeys, rows

NAME, MEANING = 14, 60  # letters of these columns
RUN = """\
automask paints a photograph in the style of a painting, region by region.

What a person types:
  automask style=monet content=photo.jpg
  automask style=my_painting.jpg content=photo.jpg out=result.jpg size=768
  automask style=monet+gogh.jpg content=photo.jpg         of two styles
  automask regions.person=gogh.jpg regions.background=monet content=photo.jpg
  automask stylizer=doodle style=gogh.jpg content=seth.jpg    gogh_sem.png, seth_sem.png
  automask stylizer=analogy style=monet.jpg map=plan.png  a painting from its plan
  automask stylizer=texture style=monet.jpg aspect=3:2    more of a painting
  automask style=monet content=astronaut stage=masks      masks alone
  automask -m style=monet gamma=0,20 k=1,3 content=photo.jpg   a run for each, a sheet
  automask styles styles.png                              the styles, pictured
  automask video --help                    a clip as a film in a painting's style
  automask web                             a page to paint with, in the browser
  automask models                          fetch the nets that find persons, if need be

Keys (key=value):                                                             (usual)
{keys}

Choices (group=name):
{choices}

Options:
  -q, --quiet        print nothing but where the result is
  -m, --multirun     a run for each combination of values parted by commas, and a
                     sheet of them; in parallel with engine=pool
  --config-dir DIR   a folder of your own with style/NAME.yaml and the like
  --cfg job          print the whole configuration and stop
  --version          print the version and stop

Exit code: 0 done, 2 it cannot be, 1 some of a sweep cannot be, 130 stopped by
Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.

Any value in the configuration can be set: masks.KEY=..., stylizer.KEY=..."""
BATCH = """\
automask.batch paints every photograph in every style, and goes on where it was stopped.

  python -m automask.batch content=portraits/ style=monet,vangogh out=results/
  python -m automask.batch content='a/*.jpg,b/' style=monet out=results/ recursive=true
  python -m automask.batch content=list.txt style=my.jpg out=s3://bucket/out engine=ray

Keys (key=value):                                                             (usual)
{keys}

The keys of automask (gamma, size, encoder, masks ...) hold for all pictures.
Exit code: 0 all done, 1 some failed, 2 nothing could begin, 130 stopped by Ctrl-C, 143
by SIGTERM, 129 by SIGHUP; the same command then goes on.

  -q, --quiet        print failures alone
  --config-dir DIR   a folder of your own with style/NAME.yaml and the like
  --version          print the version and stop"""

VIDEO = """\
automask video paints a clip, each frame from the one before: it does not flicker.

  automask video style=monet content=clip.mp4 out=clip_monet.mp4
  automask video style=my.jpg content=clip.mov out=painted.webm size=768 start=0:10
  automask video style=monet content=frames/ fps=24 out=painted/     frames to frames

Keys (key=value):                                                             (usual)
{keys}

The keys of automask (gamma, size, quality, masks ...) hold for all frames.
It needs PyAV: pip install 'automask[video]'.
Exit code: 0 the film is there, 1 a shot failed, 2 it cannot be, 130 stopped by Ctrl-C,
143 by SIGTERM, 129 by SIGHUP; the same command then goes on.

  -q, --quiet        print nothing but where the film is
  --config-dir DIR   a folder of your own with style/NAME.yaml and the like
  --version          print the version and stop"""


def run_help(folders: Sequence[str | Path]) -> str:
    """Of a run.

    Args:
        folders: Of configurations: our own, and the user's.
    """
    return RUN.format(keys=_listed(RunKeys), choices=_choices(folders))


def batch_help() -> str:
    """Of a batch."""
    return BATCH.format(keys=_listed(BatchKeys))


def video_help() -> str:
    """Of a film."""
    return VIDEO.format(keys=_listed(VideoKeys))


def _listed(keys: type) -> str:
    lines = []
    for name, meaning, usual in rows(keys):
        first, *more = textwrap.wrap(meaning, MEANING)
        lines.append(f"  {name:{NAME}} {first:{MEANING}} {f'({usual})' * bool(usual)}")
        lines += [f"  {'':{NAME}} {each}" for each in more]
    return "\n".join(line.rstrip() for line in lines)


def _choices(folders: Sequence[str | Path]) -> str:
    """Each folder of configurations with the names of its files."""
    found: dict[str, set[str]] = {}
    for folder in map(Path, folders):
        for file in folder.rglob("*.yaml"):
            group = file.parent.relative_to(folder).as_posix()
            found.setdefault(group, set()).add(file.stem)
    listed = "\n".join(
        textwrap.fill(
            f"{group}: {', '.join(sorted(names))}", 86, subsequent_indent="  "
        )
        for group, names in sorted(found.items())
        if not group.startswith((".", "hydra"))
    )
    return textwrap.indent(listed, "  ")
