"""A citation of a recording leads to its second."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.recordings import shown_time, timed_address


@pytest.mark.parametrize(
    ("address", "seconds", "timed"),
    [
        ("https://a.org/briefing.mp4", 751.9, "https://a.org/briefing.mp4#t=751"),
        ("https://www.youtube.com/watch?v=x&t=3", 751, "https://www.youtube.com/watch?v=x&t=751"),
        ("https://youtu.be/x", 0, "https://youtu.be/x?t=0"),
        ("https://notyoutube.com/x", 5, "https://notyoutube.com/x#t=5"),
        ("https://a.org/page", None, "https://a.org/page"),
        ("", 751, ""),
    ],
)
def test_an_address_plays_the_recording_from_the_second(
    address: str, seconds: float | None, timed: str
) -> None:
    assert timed_address(address, seconds) == timed


def test_a_time_is_shown_with_its_hours() -> None:
    assert [shown_time(at) for at in (0, 751.9, 36_061)] == ["0:00:00", "0:12:31", "10:01:01"]


CAPTIONS = """WEBVTT - The harbour briefing

00:12:30.000 --> 00:12:34.000
<v Lin Mei>Good morning. The next question, please.

00:12:34.000 --> 00:12:38.000
<v Daily Times>When will the new harbour open?

00:12:38.000 --> 00:12:42.000
<v Chen Tao>The new harbour will open

00:12:42.000 --> 00:12:45.000
<v Chen Tao>in May 2025. It costs 3.5 billion yuan.
"""


@pytest.mark.model
def test_an_answer_from_captions_says_when_it_was_said(
    tmp_path: Path, run_json: Callable[..., dict[str, Any]]
) -> None:
    page = {"file": "harbour.vtt", "page": 1, "url": "https://a.org/briefing.mp4"}
    manifest = {"transcripts": [{"id": "harbour", "title": "", "pages": [page]}]}
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "harbour.vtt").write_text(CAPTIONS, encoding="utf-8")
    (tmp_path / "corpus" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    run_json("ingest")
    (cited, *_) = run_json("ask", "When will the new harbour open?")["citations"]
    assert cited["quote"].startswith("The new harbour will open in May 2025.")
    assert (cited["speaker"], cited["title"]) == ("Chen Tao", "The harbour briefing")
    assert (cited["time"], cited["url"]) == ("0:12:38", "https://a.org/briefing.mp4#t=758")
