"""Fit the constants of automask/masks/portrait/domain.py and say how often it is right.

python scripts/train_domain.py --photos DIR a.jpg … --art DIR b.jpg …

Accuracies are by ten-fold cross-validation, each kind counting the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from automask.images.image_files import read_image
from automask.masks.portrait.domain import LONGEST, STATISTICS, statistics

RIDGE, FOLDS, SEED = 2.0, 10, 0
SUFFIXES = {".jpg", ".jpeg", ".png"}


def fit(x: np.ndarray, art: np.ndarray) -> tuple[np.ndarray, ...]:
    """Mean, spread, weights (the bias last) of a ridge logistic regression.

    Args:
        x: (N, 6) statistics.
        art: (N,) bool.
    """
    mean, spread = x.mean(0), x.std(0) + 1e-6
    z = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    share = np.where(art, 0.5 / art.mean(), 0.5 / (1 - art.mean()))
    ridge = np.append(np.full(x.shape[1], RIDGE), 1e-6)
    w = np.zeros(z.shape[1])
    for _ in range(30):  # Newton's method
        p = 1 / (1 + np.exp(-z @ w))
        gradient = z.T @ (share * (p - art)) + ridge * w
        hessian = (z * (share * p * (1 - p))[:, None]).T @ z + np.diag(ridge)
        w -= np.linalg.solve(hessian, gradient)
    return mean, spread, w


def predict(model: tuple[np.ndarray, ...], x: np.ndarray) -> np.ndarray:
    """(N,) probabilities of art."""
    mean, spread, w = model
    return 1 / (1 + np.exp(-((x - mean) / spread @ w[:-1] + w[-1])))


def cross_validated(x: np.ndarray, art: np.ndarray) -> np.ndarray:
    """(N,) probabilities, each by a fit that did not see the picture."""
    order = np.random.default_rng(SEED).permutation(len(x))
    probs = np.zeros(len(x))
    for fold in range(FOLDS):
        held = np.isin(np.arange(len(x)), order[fold::FOLDS])
        probs[held] = predict(fit(x[~held], art[~held]), x[held])
    return probs


def pictures(places: list[Path]) -> list[Path]:
    """The files, and all pictures in the folders."""
    found = []
    for place in places:
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        found += [p for p in inside if p.suffix in SUFFIXES and "_labels" not in p.name]
    return found


def main() -> None:
    """Read the pictures, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--art", type=Path, nargs="+", required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    photos, works = pictures(arguments.photos), pictures(arguments.art)
    files = photos + works
    art = np.arange(len(files)) >= len(photos)
    x = np.stack([statistics(read_image(file, 2 * LONGEST)) for file in files])
    probs = cross_validated(x, art)
    right = (probs > 0.5) == art
    print(f"{len(photos)} photographs {right[~art].mean():.3f} right, ", end="")
    print(f"{len(works)} artworks {right[art].mean():.3f} right")
    for prior, kind in ((0.25, ~art), (0.75, art)):
        odds = probs / (1 - probs) * prior / (1 - prior)
        said = (odds > 1) == art
        print(f"prior {prior}: expected {said[kind].mean():.3f}", end=", ")
        print(f"unexpected {said[~kind].mean():.3f} right")
    for i in np.argsort(-np.abs(probs - art))[:12]:
        print(f"  {files[i].name}: {probs[i]:.2f}")
    mean, spread, w = fit(x, art)
    print(", ".join(STATISTICS))
    for name, values in (("MEAN", mean), ("SPREAD", spread), ("WEIGHTS", w[:-1])):
        print(f"{name} = ({', '.join(f'{v:.3f}' for v in values)})")
    print(f"BIAS = {w[-1]:.3f}")


if __name__ == "__main__":
    main()
