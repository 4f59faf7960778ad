"""The API's part on what a page was doing, which a reload finds again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import Response

from automask.web.problems import wrong
from automask.web.state import TheLimits, TheStore

router = APIRouter(tags=["draft"])
Tab = Annotated[str, Header(alias="X-Tab", max_length=64, description="Of a browser.")]


@router.put("/draft", status_code=204, summary="Keep a draft")
async def keep(
    store: TheStore, limits: TheLimits, draft: dict[str, Any], x_tab: Tab = ""
) -> Response:
    """Any JSON object; each tab has its own."""
    try:
        store.write_draft(x_tab, draft, limits.drafts)
    except (ValueError, RecursionError):  # NaN, or too deep
        raise wrong("The draft must be plain JSON.") from None
    return Response(status_code=204)


@router.get("/draft", summary="The draft")
async def draft(store: TheStore, x_tab: Tab = "") -> dict[str, Any]:
    """Of this tab, else the newest; empty if there is none."""
    return store.read_draft(x_tab)
