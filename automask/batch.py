"""Paint many photographs in many styles: the batch's entry point.

python -m automask.batch content=portraits/ style=monet,vangogh out=results/
python -m automask.batch content='photos/*.jpg' style=monet out=results/ engine=ray
python -m automask.batch --help
"""

from __future__ import annotations

from typing import NoReturn

from automask import __version__
from automask.cli.program import outcome, whole_process
from automask.io.signals import GOES_ON

HELP = """\
automask.batch paints every photograph in every style, and goes on where it was stopped.

  python -m automask.batch content=portraits/ style=monet,vangogh out=results/
  python -m automask.batch content='a/*.jpg,b/' style=monet out=results/ recursive=true
  python -m automask.batch content=list.txt style=my.jpg out=s3://bucket/out engine=ray

Keys (key=value):
  content     folders, globs, pictures, URLs of these, or a .txt list, with commas
  style       names and picture files, with commas
  out         a folder, or a URL such as s3://bucket/results
  recursive   look into the folders of folders as well             (false)
  retry       paint again what has failed                          (false)
  fresh       forget what an earlier batch did in this folder      (false)
  suffix      of the pictures: png or jpg                          (png)
  keep_masks  keep the masks of each picture too                   (false)
  manifest    the list of work                                     (out/manifest.jsonl)
  engine      who paints: inline, pool, ray, slurm                 (pool)
  workers     processes of the pool                                (as many as fit)
  threads     of each worker                                       (1)
  address     of the Ray cluster: auto, or host:port               (one of its own)

The keys of automask (gamma, size, encoder, masks ...) hold for all pictures.
Exit code: 0 all done, 1 some failed, 2 nothing could begin, 130 stopped by Ctrl-C, 143
by SIGTERM, 129 by SIGHUP; the same command then goes on.

  -q, --quiet        print failures alone
  --config-dir DIR   a folder of your own with style/NAME.yaml and the like
  --version          print the version and stop
"""


def main() -> int:
    """Run what the command line says.

    Returns:
        0 if all is done, 1 if something failed, 2 with one line if nothing could begin;
        130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    return outcome(_run, GOES_ON)


def program() -> NoReturn:
    """Run it as a process of its own."""
    whole_process(main)


def _run(words: list[str]) -> int:
    if not words or {"-h", "--help"} & set(words):
        print(HELP, end="")
        return 0 if words else 2
    if "--version" in words:
        print(f"automask {__version__}")
        return 0
    # Late, for Hydra takes a while to load, and signals are to be heard before.
    from automask.config import register
    from automask.jobs.batch_run import run
    from automask.jobs.batch_settings import read_settings

    register()
    return run(read_settings(words))


if __name__ == "__main__":
    program()
