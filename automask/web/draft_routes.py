"""The API's part on what a page was doing, which a reload finds again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from automask.web.problems import wrong
from automask.web.store import Store

router = APIRouter()
Tab = Annotated[str, Header(alias="X-Tab", max_length=64, description="Of a browser.")]


@router.put("/draft", status_code=204, tags=["draft"], summary="Keep a draft")
async def keep(request: Request, draft: dict[str, Any], x_tab: Tab = "") -> Response:
    """Any JSON object; each tab has its own."""
    store, limits = _store(request), request.app.state.limits
    try:
        store.write_draft(x_tab, draft, limits.drafts)
    except (ValueError, RecursionError):  # NaN, or too deep
        raise wrong("The draft must be plain JSON.") from None
    return Response(status_code=204)


@router.get("/draft", tags=["draft"], summary="The draft")
async def draft(request: Request, x_tab: Tab = "") -> dict[str, Any]:
    """Of this tab, else the newest; empty if there is none."""
    return _store(request).read_draft(x_tab)


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store
