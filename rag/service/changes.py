"""Routes that change the library, and those that tell what has become of it.

What takes long runs as a job (:mod:`rag.jobs`): it is begun at once, and asked after.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.datastructures import FormData, UploadFile

from rag.jobs import Desk, Job, find_job
from rag.service.described import example, form
from rag.service.keys import Scope
from rag.service.service import Service, missing_is_404
from rag.transcripts.files import ENDINGS

Wait = Annotated[int, Query(ge=0, le=60, description="So many seconds to wait for its end.")]
_MOST_FILES = 200
_LOOK_SECONDS = 0.1
_SILENT = "It ended without saying why. The log that `hetao doctor` names may say where."
_FORM = form(
    {
        "file": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": f"Files: {', '.join(sorted(ENDINGS))}",
        },
        "url": {
            "type": "array",
            "items": {"type": "string", "format": "uri"},
            "description": "Addresses: all pages of each event are fetched.",
        },
        "replace": {
            "type": "boolean",
            "description": "Put files in the place of others of their names.",
        },
    }
)


def library_routes(service: Service) -> APIRouter:
    """To add and remove transcripts."""
    router = APIRouter(prefix="/v1/transcripts", dependencies=[service.may("ingest")])
    desk = Desk(service.settings.data_dir, "library")

    @router.post("", status_code=202, openapi_extra=_FORM, responses=example("job", 202))
    async def add(request: Request, response: Response, wait: Wait = 0) -> dict[str, Any]:
        """Add files or the pages of an event, as `hetao add` does; tells the job that does it."""
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FILES) as form:
            addresses, replace = _addresses(form), form.get("replace") in ("true", "1", "on")
            files = [
                (each.filename or "file", await each.read())
                for each in form.getlist("file")
                if isinstance(each, UploadFile)
            ]
        if not files and not addresses:
            raise HTTPException(422, "There is nothing to add: send a file or a url.")
        options = ["--json", *(["--replace"] if replace else [])]
        arguments = ["add", *options, "--", *addresses]
        return await begun(lambda: desk.begin(arguments, files=files), response, wait)

    @router.delete("/{transcript_id:path}", status_code=202, responses=example("job", 202))
    async def remove(transcript_id: str, response: Response, wait: Wait = 0) -> dict[str, Any]:
        """Take a transcript out; its files are kept aside, as `hetao remove` does."""
        with missing_is_404():
            await service.work(lambda assistant: assistant.transcript(transcript_id))
        arguments = ["remove", "--json", "--", transcript_id]
        about = {"title": transcript_id}
        return await begun(lambda: desk.begin(arguments, about), response, wait)

    return router


def job_routes(service: Service) -> APIRouter:
    """What has become of what was begun."""
    router = APIRouter(prefix="/v1/jobs", dependencies=[service.may("ingest", "eval")])

    def known(request: Request, job_id: str) -> Job:
        with missing_is_404():
            job = find_job(service.settings.data_dir, job_id)
        needed: Scope = "eval" if job.command == "eval" else "ingest"
        service.require(request, needed)
        return job

    @router.get("/{job_id}", responses=example("job"))
    async def job(request: Request, job_id: str, wait: Wait = 0) -> dict[str, Any]:
        """How a job stands, or what came of it."""
        return await ended(known(request, job_id), wait)

    @router.delete("/{job_id}", responses=example("job"))
    async def stop(request: Request, job_id: str) -> dict[str, Any]:
        """Stop a job; what was in force before stays in force."""
        found = known(request, job_id)
        await anyio.to_thread.run_sync(found.stop)
        return job_to_json(found)

    return router


async def begun(begin: Callable[[], Job], response: Response, wait: int) -> dict[str, Any]:
    """A job that is begun, and where it is asked after. Raises what beginning it does."""
    job = await anyio.to_thread.run_sync(begin)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return await ended(job, wait)


async def ended(job: Job, wait: int) -> dict[str, Any]:
    """A job, once it has ended or so many seconds have passed."""
    deadline = time.monotonic() + wait
    while job.outcome == "running" and time.monotonic() < deadline:
        await anyio.sleep(_LOOK_SECONDS)
    return job_to_json(job)


def job_to_json(job: Job) -> dict[str, Any]:
    """A job: its command, how it stands, how far it is, what it printed or why it failed."""
    outcome, progress = job.outcome, job.told()
    return {
        "id": job.id,
        "command": job.command,
        "status": outcome,
        "progress": progress._asdict() if progress and outcome == "running" else None,
        "result": job.result() if outcome == "done" else None,
        "error": (job.error() or _SILENT) if outcome == "failed" else "",
    }


def _addresses(form: FormData) -> list[str]:
    given = [str(each).strip() for each in form.getlist("url") if not isinstance(each, UploadFile)]
    for address in given:
        # Anything else would be read as a path on this machine.
        if not address.startswith(("http://", "https://")) or not address.isprintable():
            raise HTTPException(422, f"An address begins with https:// or http://, not {address!r}")
    return given
