from __future__ import annotations

import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.answering.answer_cache import AnswerCache, cache_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "answers.sqlite3"


def test_a_text_is_found_under_its_key_also_by_another_process(path: Path) -> None:
    AnswerCache(path).put("k", "河套\x00\n“five”")
    assert AnswerCache(path).get("k") == "河套\x00\n“five”"
    assert AnswerCache(path).get("other") is None


def test_a_key_is_another_when_any_part_is_another() -> None:
    keys = {cache_key("m", "v", "s", "u"), cache_key("m", "v", "su", ""), cache_key("m", "v", "s")}
    assert len(keys) == 3
    assert cache_key("m", "\ud800") == cache_key("m", "\ud800")


def test_the_texts_asked_for_least_recently_go_first(path: Path) -> None:
    cache = AnswerCache(path, max_texts=2)
    cache.put("a", "1")
    cache.put("b", "2")
    cache.get("a")
    cache.put("c", "3")
    assert [cache.get(key) for key in "abc"] == ["1", None, "3"]


@pytest.mark.parametrize("content", [b"", b"not a database at all " * 100, b"SQLite format 3\0abc"])
def test_a_damaged_file_is_begun_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    cache = AnswerCache(path)
    cache.put("k", "1")
    cache.put("k", "2")
    assert cache.get("k") == "2"


def test_a_table_of_another_form_breaks_nothing(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE texts (other TEXT)")
    cache = AnswerCache(path)
    cache.put("k", "1")
    assert cache.get("k") is None


def test_a_cache_that_cannot_be_written_is_done_without_and_told_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    cache = AnswerCache(tmp_path / "file" / "answers.sqlite3")
    with caplog.at_level(logging.WARNING):
        cache.put("k", "1")
    assert cache.get("k") is None
    assert "was not used" in caplog.text


def test_threads_share_it(path: Path) -> None:
    cache = AnswerCache(path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: cache.put(str(n), str(n)), range(20)))
    assert [cache.get(str(n)) for n in range(20)] == [str(n) for n in range(20)]
