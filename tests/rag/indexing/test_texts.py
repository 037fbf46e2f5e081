"""The transcripts of an index, whose words are read when they are asked for."""

from __future__ import annotations

import pickle
import shutil
import tracemalloc
from dataclasses import asdict
from pathlib import Path

import pytest

from rag.indexing.texts import TRANSCRIPTS_FILE, dump_transcripts, open_transcripts
from rag.types import Moment, Page, Range, Transcript, Turn

COUNT, LENGTH = 300, 20_000


def transcript(number: int, length: int = 40) -> Transcript:
    said = f"No. {number} 說。".ljust(length, "x")
    turns = (
        Turn(1, "Chen Li", "moderator", 1, (Range(0, 4),)),
        Turn(2, "", "official", 1, (Range(4, length),), exchange=1, title="Mayor"),
        Turn(3, "Chen Li", "moderator", 1, (Range(0, 4),)),
    )
    page = Page(1, f"{number}.txt", "", 0, length)
    times = (Moment(0, 1.5),)
    return Transcript(f"t{number}", "T", None, "P", "", said, (page,), turns, times=times)


def kept(folder: Path, *transcripts: Transcript) -> tuple[Transcript, ...]:
    (folder / TRANSCRIPTS_FILE).write_bytes(dump_transcripts(transcripts))
    return open_transcripts(folder)


def test_they_are_as_they_were_written(tmp_path: Path) -> None:
    written = [transcript(number) for number in range(3)]
    found = kept(tmp_path, *written)
    assert [asdict(each) for each in found] == [asdict(each) for each in written]
    assert [each.cast for each in found] == [each.cast for each in written]
    assert found[0].cast == (("Chen Li", "moderator"), ("", "official"))
    assert found[2].turn_text(found[2].turn(1)) == "No. "
    assert dump_transcripts(found) == dump_transcripts(written)


def test_what_they_say_is_not_held(tmp_path: Path) -> None:
    found = kept(tmp_path, *(transcript(number, LENGTH) for number in range(COUNT)))
    tracemalloc.start()
    assert sum(len(each.text) for each in found) == COUNT * LENGTH
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Not ASCII: two bytes a character.
    assert held < COUNT * LENGTH


def test_one_that_is_sent_elsewhere_is_whole(tmp_path: Path) -> None:
    (found,) = kept(tmp_path, transcript(1))
    assert pickle.loads(pickle.dumps(found)) == transcript(1)  # noqa: S301


def test_they_can_be_read_after_their_folder_has_gone(tmp_path: Path) -> None:
    folder = tmp_path / "generation"
    folder.mkdir()
    (found,) = kept(folder, transcript(1))
    shutil.rmtree(folder)
    assert found.text == transcript(1).text


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"no JSON\n"])
def test_a_damaged_file_raises_what_the_reader_catches(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / TRANSCRIPTS_FILE).write_bytes(damage)
    with pytest.raises((OSError, ValueError)):
        open_transcripts(tmp_path)
