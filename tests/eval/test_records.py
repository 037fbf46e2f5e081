from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import SetError
from eval.gold import load_set
from eval.records import read_records, select
from rag.types import Transcript

GOOD = {"id": "a", "question": "How many halls?", "evidence": [{"quote": "It has five halls."}]}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "set.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def faults(path: Path) -> dict[int, str]:
    _, problems, _ = read_records(path)
    return {problem.line: problem.text for problem in problems}


def test_a_record_needs_only_an_id_a_question_and_evidence(tmp_path: Path) -> None:
    (numbered,), problems, _ = read_records(write(tmp_path, GOOD))
    assert problems == []
    assert numbered[0] == 1
    assert numbered[1].answerable
    assert numbered[1].asked_in == "en"


@pytest.mark.parametrize(
    ("question", "language"),
    [("香港有几条线路？", "zh-Hans"), ("香港有幾條線路？", "zh-Hant"), ("How many?", "en")],
)
def test_a_missing_language_is_the_one_the_question_is_written_in(
    tmp_path: Path, question: str, language: str
) -> None:
    (numbered,), _, _ = read_records(write(tmp_path, GOOD | {"question": question}))
    assert numbered[1].asked_in == language


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{not json", "JSON"),
        ("[]", "object"),
        ('"a"', "object"),
        (GOOD | {"question": " "}, "question"),
        (GOOD | {"id": None}, "id"),
        (GOOD | {"language": "fr"}, "language"),
        (GOOD | {"mustinclude": [["five"]]}, "no such field; the fields are id, question"),
        (
            GOOD | {"evidence": [{"quote": "It has five halls.", "by": "Li Wen"}]},
            "evidence.0.by: no such field; the fields are quote, speaker, transcript, page",
        ),
        (GOOD | {"must_include": [[]]}, "must_include.0"),
        (GOOD | {"must_include": ["five"]}, "must_include.0"),
        (GOOD | {"must_include": [["five"], ["…"]]}, "'…' has no word or figure"),
        ('{"id": "a", "id": "u", "question": "?", "answerable": false}', "id: given 2 times"),
        (
            '{"id": "u", "question": "?", "evidence": [{"quote": "five", "quote": "six"}]}',
            "quote: given 2 times",
        ),
        (GOOD | {"answerable": False}, 'unanswerable, but with "evidence"'),
        (GOOD | {"evidence": []}, "without"),
        (GOOD | {"unanswerable_kind": "near_miss"}, "unanswerable_kind"),
        (
            {"id": "u", "question": "?", "answerable": False, "unanswerable_kind": "odd"},
            "near_miss",
        ),
        ("[" * 100_000, "JSON"),
        ('{"id": "\\ud800", "question": "?"}', "JSON"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(tmp_path: Path, line: object, says: str) -> None:
    found = faults(write(tmp_path, GOOD | {"id": "first"}, "", line))
    assert list(found) == [3]
    assert says in found[3]


def test_a_duplicate_id_is_reported_with_the_line_that_had_it_first(tmp_path: Path) -> None:
    assert "on line 1" in faults(write(tmp_path, GOOD, GOOD))[2]


def test_all_bad_lines_and_quotes_are_reported_at_once(
    tmp_path: Path, transcript: Transcript
) -> None:
    missing = GOOD | {"id": "b", "evidence": [{"quote": "It has fifty malls."}]}
    path = write(tmp_path, "{", missing, GOOD | {"id": "c"}, GOOD | {"id": "d", "language": "xx"})
    with pytest.raises(SetError) as caught:
        load_set(path, [transcript])
    message = str(caught.value)
    assert "3 lines" in message
    assert message.index("line 1:") < message.index("line 2:") < message.index("line 4:")
    assert 'closest is "It has five halls' in message
    assert "line 3" not in message


def test_a_set_of_another_corpus_is_said_to_be_one(tmp_path: Path, transcript: Transcript) -> None:
    other = GOOD | {"evidence": [{"quote": "Qqqq wwww zzzz"}]}
    with pytest.raises(SetError, match="--corpus"):
        load_set(write(tmp_path, other), [transcript])


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    line = json.dumps(GOOD | {"answer": "one\u2028two"}, ensure_ascii=False)
    (numbered,), problems, _ = read_records(write(tmp_path, line))
    assert problems == []
    assert numbered[1].answer == "one\u2028two"


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n")
    assert len(read_records(path)[0]) == 1


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_set_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(content)
    with pytest.raises(SetError, match="holds no question"):
        read_records(path)


def test_a_file_that_is_missing_a_folder_or_not_utf8_is_an_error(tmp_path: Path) -> None:
    bad = tmp_path / "latin.jsonl"
    bad.write_bytes(b'{"id": "\xe9"}')
    for path, says in (
        (tmp_path / "none.jsonl", "cannot be read"),
        (tmp_path, "cannot be read"),
        (bad, "UTF-8"),
    ):
        with pytest.raises(SetError, match=says):
            read_records(path)


def test_a_split_is_chosen_before_the_limit_and_must_not_be_empty(
    tmp_path: Path, transcript: Transcript
) -> None:
    lines = [GOOD | {"id": str(i), "split": "dev" if i % 2 else "test"} for i in range(6)]
    cases = load_set(write(tmp_path, *lines), [transcript]).cases
    assert [case.record.id for case in select(cases, "dev", 2)] == ["1", "3"]
    assert len(select(cases, None, None)) == 6
    with pytest.raises(SetError, match="split"):
        select([case for case in cases if case.record.split == "test"], "dev", None)
