"""Requests that are refused, each with one sentence and its status."""

from __future__ import annotations

from starlette.exceptions import HTTPException


def sentence(line: str) -> str:
    """A message of the command line as a sentence."""
    ended = line if line.endswith(("?", "!")) else f"{line.rstrip('.')}."
    return f"{ended[:1].upper()}{ended[1:]}" if line else ""


def unusable(sentence: str) -> HTTPException:
    """What was sent cannot be used."""
    return HTTPException(400, sentence)


def missing(what: str) -> HTTPException:
    """There is no such thing."""
    return HTTPException(404, f"There is no such {what}.")


def conflict(sentence: str) -> HTTPException:
    """It makes no sense in this state."""
    return HTTPException(409, sentence)


def too_large(sentence: str) -> HTTPException:
    """More than is taken."""
    return HTTPException(413, sentence)


def wrong(sentence: str) -> HTTPException:
    """The body is not as documented."""
    return HTTPException(422, sentence)


def too_many(sentence: str) -> HTTPException:
    """Come back later."""
    return HTTPException(429, sentence, {"Retry-After": "10"})


def unavailable(sentence: str) -> HTTPException:
    """The worker cannot do it now."""
    return HTTPException(503, sentence, {"Retry-After": "5"})
