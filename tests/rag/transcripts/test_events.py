from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from rag.transcripts.corpus import read_corpus
from rag.transcripts.events import events_of
from rag.types import Page, Transcript

MakeTranscript = Callable[..., Transcript]


def ids(*transcripts: Transcript) -> list[list[str]]:
    return [[each.id for each in event] for event in events_of(transcripts)]


def test_one_title_and_day_are_one_event_in_the_order_of_its_pages(make: MakeTranscript) -> None:
    def page(number: int, **more: Any) -> Transcript:
        made = make(("A", "official", "Yes."), id_=f"a{number}")
        return replace(made, pages=(Page(number, "a.txt", "", 0, 9),), **more)

    other_day = page(4, date=date(2024, 3, 2))
    undated = page(5, date=None)
    spaced = page(1, title="BRIEFING  on the harbour")
    found = ids(undated, page(3), spaced, other_day, page(2))
    assert found == [["a4"], ["a1", "a2", "a3"], ["a5"]]
    assert ids(page(2), undated) == [["a2", "a5"]]


def test_a_manifest_says_what_is_of_one_event(make: MakeTranscript) -> None:
    english = make(("A", "official", "Yes."), id_="en")
    chinese = replace(make(("A", "official", "是。"), id_="zh"), title="简报", event="en")
    others = [replace(chinese, id=name, title=name, event="visit") for name in ("v1", "v2")]
    assert ids(english, chinese, *others) == [["v1", "v2"], ["en", "zh"]]


def test_the_event_is_read_from_the_manifest(tmp_path: Path, page: Callable[..., Path]) -> None:
    page(tmp_path / "a.txt", ("Lin Mei", "Welcome to the briefing."), ("Chen Tao", "Thank you."))
    entry = {"id": "a", "event": "visit", "pages": [{"file": "a.txt"}]}
    (tmp_path / "manifest.json").write_text(json.dumps({"transcripts": [entry]}))
    assert read_corpus([tmp_path]).transcripts[0].event == "visit"
