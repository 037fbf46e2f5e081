"""Evaluation over HTTP: sets, runs and what changed between two of them.

Mounted by ``hetao serve``; the objects are those that ``hetao eval`` prints with ``--json``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from eval.catalogue import add_set, known_sets, set_named
from eval.compare import compare_runs
from eval.desk import RunDesk
from eval.errors import RunError, SetError
from eval.listing import ListedRun
from eval.runs import Run, new_folder, read_run
from eval.shelf import NAME_LENGTH, clean_name
from rag.service.changes import Wait, begun
from rag.service.described import example, form
from rag.service.service import Service

_FORM = form({"file": {"type": "string", "format": "binary"}}, required=["file"])


class RunIn(BaseModel):
    """Which set to run."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"set": "hetao-page10", "split": "dev"}]}
    )

    set: str = Field(max_length=200)
    split: Literal["dev", "test"] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    name: str = Field(default="", max_length=NAME_LENGTH)


def eval_routes(service: Service) -> APIRouter:
    """To run sets of questions and compare what came of them."""
    router = APIRouter(prefix="/v1/eval", dependencies=[service.may("eval")])
    settings = service.settings
    desk = RunDesk(settings.data_dir)

    @router.get("/sets")
    async def sets() -> dict[str, Any]:
        """The names of the sets that can be run."""
        return {"sets": list(known_sets(settings).values())}

    @router.post("/sets", status_code=201, openapi_extra=_FORM)
    async def add(request: Request) -> dict[str, Any]:
        """Add a set of one's own, a JSON Lines file; its name is that of the file."""
        async with request.form(max_files=1, max_fields=1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise HTTPException(422, "Send the set as a file.")
            data = await file.read()
        with _told(422):
            added = await anyio.to_thread.run_sync(add_set, settings, file.filename or "", data)
        return {"set": added.stem}

    @router.post("/runs", status_code=202, responses=example("job", 202))
    async def run(wanted: RunIn, response: Response, wait: Wait = 0) -> dict[str, Any]:
        """Run a set; tells the job that does it."""
        with _told(404):
            path = set_named(wanted.set, settings)
        with _told(422):
            name = clean_name(wanted.name)
        folder = new_folder(settings, Path(path).stem)
        job = await begun(
            lambda: desk.start(path, wanted.split, folder, name, wanted.limit), response, wait
        )
        return {"run": folder.name, **job}

    @router.get("/runs")
    async def runs() -> dict[str, Any]:
        """The finished runs, the newest first."""
        listed = await anyio.to_thread.run_sync(desk.runs)
        return {"runs": [_run_to_json(each) for each in listed.finished]}

    @router.get("/runs/{run}")
    async def summary(run: str) -> dict[str, Any]:
        """The summary of a run, as `hetao eval run --json` prints it."""
        return (await _finished(run)).summary

    @router.get("/compare")
    async def compare(a: Annotated[str, Query()], b: Annotated[str, Query()]) -> dict[str, Any]:
        """What changed from run `a` to run `b`, and whether it is more than noise."""
        runs = (await _finished(a), await _finished(b))
        with _told(422):
            return await anyio.to_thread.run_sync(lambda: compare_runs(*runs).to_json())

    async def _finished(run: str) -> Run:
        known = {folder.name: folder for folder in (settings.data_dir / "runs").glob("*")}
        if run not in known:
            raise HTTPException(404, f"No run is called {run!r}.")
        with _told(409):
            return await anyio.to_thread.run_sync(read_run, known[run])

    return router


@contextmanager
def _told(status: int) -> Iterator[None]:
    """What is wrong with a set or a run, under this status."""
    try:
        yield
    except (SetError, RunError) as error:
        raise HTTPException(status, str(error)) from error


def _run_to_json(listed: ListedRun) -> dict[str, Any]:
    info = listed.info
    return {
        "run": listed.folder.name, "name": listed.name, "set": info.set_name, "n": info.n,
        "split": info.split, "started": info.started, "generator": info.generator,
    }  # fmt: skip
