"""Commands in processes of their own: one at a time for all who use a data folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import rag.jobs
from rag.errors import QuestionError, StorageError
from rag.jobs import Desk, Job, Occupied, find_job


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HETAO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HETAO_CORPUS_DIR", str(tmp_path / "corpus"))
    desk = Desk(tmp_path, "library")
    yield desk
    desk.stop()


def wait(job: Job) -> Job:
    deadline = time.monotonic() + 30
    while job.outcome == "running":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return job


def sleeper(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job that goes on until it is stopped."""
    monkeypatch.setattr("rag.jobs._PROGRAM", [sys.executable, "-c", "import time; time.sleep(60)"])
    return desk.begin(["ingest"])


def test_a_command_ends_with_what_it_printed(desk: Desk, tmp_path: Path) -> None:
    job = desk.begin(["keys", "add", "desk", "--json"])
    assert wait(job).outcome == "done"
    assert job.result()["name"] == "desk"
    job = desk.begin(["add", "--json"], {"title": "It"}, [("../../a.txt", b"x"), ("a.txt", b"y")])
    kept = sorted(path.read_bytes() for path in (tmp_path / "jobs" / job.id).rglob("a.txt"))
    assert kept == [b"x", b"y"]
    assert wait(job).outcome == "failed"
    assert "Two of the files" in job.error()
    assert dict(job.about) == {"title": "It"}
    # What it was given goes with the next; the job can still be read, here and elsewhere.
    wait(desk.begin(["list", "--json"]))
    assert not list((tmp_path / "jobs" / job.id).rglob("a.txt"))
    again = find_job(tmp_path, job.id)
    assert (again.command, again.outcome, again.error()) == ("add", "failed", job.error())


def test_one_is_under_way_for_every_process_until_it_ends_however_it_does(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = sleeper(desk, monkeypatch)
    other = Desk(tmp_path, "library")
    assert (desk.busy, other.busy, other.job is not None and other.job.id) == (True, True, job.id)
    with pytest.raises(Occupied, match="under way"):
        other.begin(["list"])
    elsewhere = (
        "import sys; from pathlib import Path; from rag.jobs import Desk; "
        "print(Desk(Path(sys.argv[1]), 'library').busy)"
    )
    told = subprocess.run(
        [sys.executable, "-c", elsewhere, str(tmp_path)], capture_output=True, check=True
    )
    assert told.stdout == b"True\n"
    other.forget()
    assert other.job is not None
    process = int((tmp_path / "jobs" / "library.lock").read_text().split()[1])
    os.kill(process, signal.SIGKILL)
    assert wait(job).outcome == "failed"
    assert job.error() == ""
    assert not other.busy
    other.forget()
    assert desk.job is None


def test_beginning_at_one_desk_takes_nothing_from_another(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.jobs._PROGRAM", [sys.executable, "-c", "import time; time.sleep(60)"])
    runs, real = Desk(tmp_path, "eval"), rag.jobs._written
    monkeypatch.setattr("rag.jobs._written", lambda folder, files: real(folder, slowly(files)))

    def slowly(files: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        for number, file in enumerate(files):
            if number == 2:
                monkeypatch.setattr("rag.jobs._written", real)
                runs.begin(["list"])
            yield file

    names = ["a.txt", "b.txt", "..", "\0", "long" * 99 + ".txt"]
    job = desk.begin(["add"], files=[(name, b"x") for name in names])
    files = (tmp_path / "jobs" / job.id / "files").rglob("*")
    kept = sorted(path.name for path in files if path.is_file())
    assert kept[:4] == ["a.txt", "b.txt", "file", "file"]
    assert kept[4].endswith("long.txt")
    runs.stop()


def test_nothing_in_the_working_directory_is_run(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "filelock.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert wait(desk.begin(["keys", "list", "--json"])).outcome == "done"


def test_what_is_stopped_says_so_and_other_desks_go_on(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = sleeper(desk, monkeypatch)
    runs = Desk(tmp_path, "eval")
    other = runs.begin(["ingest"])
    desk.stop()
    assert (job.outcome, other.outcome, runs.busy) == ("stopped", "running", True)
    job.stop()
    runs.stop()
    assert find_job(tmp_path, other.id).outcome == "stopped"


def test_what_another_container_began_is_not_stopped_by_the_number_of_a_process_of_this_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("rag.jobs._container", lambda: "pid:[1]")
        job = sleeper(desk, monkeypatch)
    with pytest.raises(StorageError, match="another container"):
        job.stop()
    assert job.outcome == "running"
    monkeypatch.setattr("rag.jobs._container", lambda: "pid:[1]")
    job.stop()
    assert job.outcome == "stopped"


@pytest.mark.parametrize("known_as", ["", ".", "\0", "..", "library.lock", "x", "../jobs"])
def test_an_id_that_is_none_is_told(desk: Desk, tmp_path: Path, known_as: str) -> None:
    with pytest.raises(QuestionError, match="No job"):
        find_job(tmp_path, known_as)
