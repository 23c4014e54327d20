"""Published records: search, one procedure, the areas served."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool

from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired, known_area, problems, rate_limited
from bot.gateway.schemas import AreaOut, AreasOut, SearchResults, Slug
from knowledge.documents import Procedure, normalise_code

router = APIRouter(prefix="/api/v1", tags=["records"], dependencies=[Depends(rate_limited)])


@router.get("/search", responses=problems())
async def search(
    parts: Wired,
    q: Annotated[str, Query(min_length=1, max_length=500)],
    area: Annotated[Slug, Query()] = "",
    k: Annotated[int, Query(ge=1, le=50)] = 10,
) -> SearchResults:
    """Find records by people's words, with or without diacritics."""
    slug = known_area(area, parts=parts)
    found = await run_in_threadpool(parts.library.search, q, area=slug, k=k)
    return SearchResults(results=found)


@router.get("/procedures/{code}", responses=problems(404), response_model=Procedure)
async def procedure(code: str, parts: Wired) -> dict[str, Any]:
    """One procedure as published: every field with its source. Local forms of the code are understood."""
    found = await run_in_threadpool(parts.library.procedure, normalise_code(code))
    if found is None:
        raise Problem(404, "procedure_not_found")
    return found.model_dump(mode="json")


@router.get("/areas", responses=problems())
async def areas(parts: Wired) -> AreasOut:
    """The places whose own documents are served."""
    return AreasOut(
        areas=[AreaOut(slug=area.slug, name=area.name, level=area.level.value) for area in parts.areas]
    )
