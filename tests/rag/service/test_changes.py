"""Adding, removing and evaluating over HTTP: jobs, scopes, what is refused, the audit log."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from eval.routes import eval_routes
from rag.assistant import open_assistant
from rag.jobs import Desk
from rag.service.keys import Keys
from rag.settings import Settings

pytestmark = pytest.mark.model

PIER = "Lin Mei: The new pier has forty berths. Boats may moor there from May."
Serve = Callable[..., AbstractContextManager[str]]
HELD = {
    "id": "berths",
    "question": "How many berths has the new pier?",
    "must_include": [["forty"]],
    "evidence": [{"quote": "The new pier has forty berths."}],
}


@pytest.fixture
def own(real_copy: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The project's corpus in folders of its own, where commands find it, too."""
    monkeypatch.setenv("HETAO_DATA_DIR", str(real_copy.data_dir))
    monkeypatch.setenv("HETAO_CORPUS_DIR", str(real_copy.corpus_dir))
    return real_copy.model_copy(update={"serve_audit": "on", "serve_upload_kb": 300})


@pytest.fixture
def client(own: Settings, serve: Serve) -> Iterator[httpx.Client]:
    assistant = open_assistant(own)
    with (
        serve(own, lambda: assistant, more=[eval_routes]) as address,
        httpx.Client(base_url=address, timeout=90) as client,
    ):
        yield client


def ended(client: httpx.Client, got: httpx.Response) -> dict[str, Any]:
    """The job that was begun, once it has ended."""
    assert got.status_code == 202
    while (job := client.get(f"/v1/jobs/{got.json()['id']}?wait=30").json())["status"] == "running":
        pass
    return dict(job)


def told(got: httpx.Response) -> tuple[int, str]:
    return got.status_code, got.json()["error"]["message"]


@pytest.mark.slow
def test_a_file_is_added_asked_about_evaluated_and_removed(
    client: httpx.Client, own: Settings
) -> None:
    files = {"file": ("pier.txt", PIER.encode())}
    got = client.post("/v1/transcripts", files=files)
    job = ended(client, got)
    assert (job["status"], len(job["result"]["files"]), job["error"]) == ("done", 1, "")
    assert client.get(got.headers["Location"]).json() == job
    answer = client.post("/v1/ask", json={"question": HELD["question"]}).json()
    assert "forty berths" in answer["text"]

    # Other words under the same name are refused; nothing was asked to take its place.
    files = {"file": ("pier.txt", PIER.replace("forty", "fifty").encode())}
    job = ended(client, client.post("/v1/transcripts", files=files))
    assert (job["status"], "another file" in job["error"]) == ("failed", True)

    line = json.dumps(HELD)
    assert client.post("/v1/eval/sets", files={"file": ("mine.jsonl", line)}).json() == {
        "set": "mine"
    }
    assert "mine" in client.get("/v1/eval/sets").json()["sets"]
    run = client.post("/v1/eval/runs", json={"set": "mine", "name": "Ours"})
    job = ended(client, run)
    assert job["status"] == "done"
    assert job["result"]["metrics"]["nugget_recall"]["mean"] == 1.0
    (listed,) = client.get("/v1/eval/runs").json()["runs"]
    assert (listed["run"], listed["name"], listed["n"]) == (run.json()["run"], "Ours", 1)
    assert client.get(f"/v1/eval/runs/{listed['run']}").json() == job["result"]
    both = {"a": listed["run"], "b": listed["run"]}
    assert client.get("/v1/eval/compare", params=both).status_code == 200

    job = ended(client, client.delete("/v1/transcripts/pier"))
    assert job["result"]["removed"] == 1
    assert client.get("/v1/transcripts/pier").status_code == 404
    assert not (own.corpus_dir / "pier.txt").exists()

    # Who did what stands in the log of the service; what was asked does not.
    lines = (own.data_dir / "audit.jsonl").read_text().splitlines()
    written = [json.loads(line) for line in lines]
    done = [(each["method"], each["route"], each["status"]) for each in written]
    assert done[0] == ("POST", "/v1/transcripts", 202)
    assert {("POST", "/v1/ask", 200), ("DELETE", "/v1/transcripts/{transcript_id}", 202)} < set(
        done
    )
    assert {each["caller"] for each in written} == {"127.0.0.1"}
    assert "berths" not in "".join(lines)
    assert (own.data_dir / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_done_is_refused_in_a_sentence(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, own: Settings
) -> None:
    post: Any = client.post
    assert told(post("/v1/transcripts", data={"replace": "true"})) == (
        422, "There is nothing to add: send a file or a url.",
    )  # fmt: skip
    status, words = told(post("/v1/transcripts", data={"url": "/etc/passwd"}))
    assert (status, "https://" in words) == (422, True)
    large = {"file": ("large.txt", b"x" * 400_000)}
    assert told(post("/v1/transcripts", files=large)) == (
        413, "A request may have 300 KB (HETAO_SERVE_UPLOAD_KB).",
    )  # fmt: skip
    assert told(client.delete("/v1/transcripts/none"))[0] == 404
    assert {told(client.get(f"/v1/jobs/{job}"))[0] for job in ("none", "%00", "%2e")} == {404}
    assert told(post("/v1/eval/runs", json={"set": "../../secret"}))[0] == 404
    assert told(post("/v1/eval/sets", files={"file": ("a.jsonl", "no json")}))[0] == 422
    for run in ("none", "..", "%2e%2e"):
        assert told(client.get(f"/v1/eval/runs/{run}"))[0] == 404
    # A page of the web cannot have a browser add anything, whatever kind of form it sends.
    files = {"file": ("a.txt", PIER.encode())}
    head = {"Origin": "https://evil.example"}
    assert told(post("/v1/transcripts", files=files, headers=head))[0] == 403
    image = {"Sec-Fetch-Site": "cross-site"}
    assert told(client.get("/v1/transcripts", headers=image))[0] == 403
    assert told(client.get("/v1/transcripts", headers={"Origin": "http://["}))[0] == 403
    # What may be large is what is read after the key is known.
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert told(post("/v1/ask", content=b"x" * 270_000, headers=kind))[0] == 413
    own_page = {"Origin": str(client.base_url).rstrip("/")}
    assert client.get("/health", headers=own_page).status_code == 200
    # One change at a time; it is seen and stopped from here whoever began it.
    monkeypatch.setattr("rag.jobs._PROGRAM", [sys.executable, "-c", "import time; time.sleep(60)"])
    job = Desk(own.data_dir, "library").begin(["add"])
    assert told(post("/v1/transcripts", files=files))[0] == 409
    assert client.get(f"/v1/jobs/{job.id}").json()["status"] == "running"
    assert client.delete(f"/v1/jobs/{job.id}").json()["status"] == "stopped"


def test_a_key_is_for_what_it_was_made_for(own: Settings, serve: Serve) -> None:
    keys = Keys(own.data_dir)
    heads = {
        scope: {"Authorization": f"Bearer {keys.add(scope, [scope])}"}
        for scope in ("ask", "ingest", "eval")
    }
    job = Desk(own.data_dir, "library").begin(["keys", "list", "--json"])
    assistant = open_assistant(own)
    audited = own.model_copy(update={"serve_audit": "texts"})
    with serve(audited, lambda: assistant, more=[eval_routes]) as address:

        def status(scope: str, path: str, method: str = "GET") -> int:
            got = httpx.request(method, f"{address}{path}", headers=heads[scope], timeout=60)
            return got.status_code

        assert [status(scope, "/v1/transcripts") for scope in heads] == [200, 403, 403]
        assert [status(scope, "/v1/transcripts", "POST") for scope in heads] == [403, 422, 403]
        assert [status(scope, f"/v1/jobs/{job.id}") for scope in heads] == [403, 200, 403]
        assert [status(scope, "/v1/eval/runs") for scope in heads] == [403, 403, 200]
        question = {"question": "What is Hetao?"}
        httpx.post(f"{address}/v1/ask", headers=heads["ask"], json=question, timeout=60)
    last = json.loads((own.data_dir / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["caller"], last["asked"]) == ("key ask", "What is Hetao?")
