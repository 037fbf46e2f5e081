"""A folder of two hundred files of all kinds: read with progress, broken off and gone on with."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from rag.settings import Settings

pytestmark = [pytest.mark.model, pytest.mark.slow]

KINDS = 8
COUNT = 200


def said(number: int) -> list[tuple[str, str]]:
    return [
        ("Lin Mei", "Good morning, and welcome to the briefing on the harbour."),
        ("Daily Times", f"What does pier number {number} cost, and when will it be opened?"),
        (
            "Chen Tao",
            f"Pier {number} costs {number} million yuan. It opens {number} days from now.",
        ),
        ("Lin Mei", "Thank you all for coming today."),
    ]


def as_text(number: int) -> str:
    return f"Briefing {number}\n\n" + "\n\n".join(f"{n}: {w}" for n, w in said(number)) + "\n"


def as_page(number: int) -> str:
    words = "".join(f"<p><b>{n}:</b> {w}</p>" for n, w in said(number))
    return f"<html><body><article><h1>Briefing {number}</h1>{words}</article></body></html>"


def as_captions(number: int, *, web: bool) -> str:
    mark = "." if web else ","
    cues = [
        f"00:00:{n:02}{mark}000 --> 00:00:{n + 1:02}{mark}000\n"
        + (f"<v {name}>{words}" if web else f"{name}: {words}")
        for n, (name, words) in enumerate(said(number))
    ]
    numbered = [f"{n}\n{cue}" for n, cue in enumerate(cues, 1)]
    return "WEBVTT\n\n" + "\n\n".join(cues) if web else "\n\n".join(numbered)


def as_segments(number: int) -> str:
    return json.dumps({"segments": [{"speaker": n, "text": w} for n, w in said(number)]})


def write(folder: Path, number: int) -> None:
    file = folder / f"briefing {number}"
    kind = number % KINDS
    if kind == 0:
        document = docx.Document()
        for name, words in said(number):
            document.add_paragraph(f"{name}: {words}")
        document.save(str(file.with_suffix(".docx")))
        return
    ending, text = {
        1: (".txt", as_text(number)),
        2: (".md", as_text(number)),
        3: (".html", as_page(number)),
        4: (".vtt", as_captions(number, web=True)),
        5: (".srt", as_captions(number, web=False)),
        6: (".json", as_segments(number)),
        7: (".htm", as_page(number)),
    }[kind]
    file.with_suffix(ending).write_text(text, encoding="utf-16" if number % 3 else "utf-8")


@pytest.fixture
def run(tmp_path: Path, real_settings: Settings) -> Callable[[], subprocess.Popen[str]]:
    """Begins an ingest of two hundred files and one that is broken."""
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    corpus.mkdir()
    data.mkdir()
    (data / "models").symlink_to(real_settings.data_dir / "models")
    for number in range(COUNT):
        write(corpus, number)
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    named = {"HETAO_DATA_DIR": str(data), "HETAO_CORPUS_DIR": str(corpus)}
    command = [str(Path(sys.executable).with_name("hetao")), "ingest", "--json"]
    return lambda: subprocess.Popen(
        command, env={**os.environ, **named}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def test_two_hundred_files_of_all_kinds_are_read_broken_off_and_gone_on_with(
    run: Callable[[], subprocess.Popen[str]], tmp_path: Path
) -> None:
    first = run()
    begun, deadline = tmp_path / "data" / "begun", time.monotonic() + 300
    while not list(begun.glob("*.npz")):
        assert time.monotonic() < deadline
        assert first.poll() is None
        time.sleep(0.1)
    first.send_signal(signal.SIGINT)
    _, told = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "Interrupted" in told
    assert "Traceback" not in told
    assert re.search(r"Reading files: 201 of 201, [\d:]+ left", told)
    (total,) = set(re.findall(r"Embedding sentences: \d+ of (\d+), ", told))

    second = run()
    printed, told = second.communicate(timeout=300)
    assert second.returncode == 0
    (left,) = set(re.findall(r"Embedding sentences: \d+ of (\d+), ", told))
    assert int(left) <= int(total) - 64
    report = json.loads(printed)
    assert (report["transcripts"], report["turns"]) == (COUNT, 4 * COUNT)
    assert [Path(skip["path"]).name for skip in report["skipped"]] == ["broken.pdf"]
    assert not begun.exists()
