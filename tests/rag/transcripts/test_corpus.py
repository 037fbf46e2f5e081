"""Folders of files: what is read, what is skipped with a reason, what is an error."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.progress import read_progress
from rag.transcripts.corpus import Corpus, read_corpus

CORPUS = Path(__file__).parents[3] / "corpus"
PAGE = "A title\n\nMarket Gazette | July 1, 2019\n\nLuo Jiayi:\n\nNext question, please.\n"


def reasons(corpus: Corpus) -> dict[str, str]:
    return {Path(skipped.path).name: skipped.reason for skipped in corpus.skipped}


def write_manifest(folder: Path, **changes: object) -> None:
    entry = {"id": "fair", "pages": [{"file": "a.txt", "page": 3}], **changes}
    (folder / "manifest.json").write_text(json.dumps({"transcripts": [entry]}), encoding="utf-8")


def test_the_corpus_that_is_shipped_reads_without_a_complaint() -> None:
    corpus = read_corpus([CORPUS])
    (transcript,) = corpus.transcripts
    assert transcript.id == "scio-2023-09-21-hetao"
    assert transcript.page_url(10).endswith("content_116701063_10.htm")
    assert corpus.skipped == ()
    assert [note.text[:28] for note in corpus.notes] == ["A question without a name fo"]
    content = (CORPUS / "scio-2023-09-21-hetao-p10.txt").read_bytes()
    assert list(corpus.files.values()) == [hashlib.sha256(content).hexdigest()]
    assert transcript.text == content.decode()


def test_pages_are_found_by_name_and_joined_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("fair-p10", "fair_p2", "fair_9", "other", "2023-09-21"):
        (tmp_path / f"{name}.txt").write_text(PAGE + name + ".", encoding="utf-8")
    corpus = read_corpus([tmp_path], progress=True)
    told = capsys.readouterr().err
    assert read_progress(told) == ("Finding who speaks", 5, 5, "00:00")
    assert "Reading files: 5 of 5" in told
    assert [t.id for t in corpus.transcripts] == ["2023-09-21", "fair", "other"]
    fair = corpus.transcripts[1]
    assert [page.number for page in fair.pages] == [2, 9, 10]
    for page in fair.pages:
        assert fair.text[page.start : page.end] == Path(page.file).read_text(encoding="utf-8")
    assert [turn.page for turn in fair.turns] == [2, 9, 10]


def test_the_same_folder_given_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    corpus = read_corpus([tmp_path, tmp_path / "a.txt", tmp_path])
    assert len(corpus.files) == 1
    assert corpus.skipped == ()


def test_a_manifest_wins_over_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    write_manifest(tmp_path, title="Given", date="2020-02-02", url="https://example.org/fair")
    (transcript,) = read_corpus([tmp_path]).transcripts
    assert (transcript.id, transcript.title, transcript.date) == ("fair", "Given", date(2020, 2, 2))
    assert transcript.publisher == "Market Gazette"
    assert transcript.page_url(3) == "https://example.org/fair"
    assert read_corpus([tmp_path / "a.txt"]).transcripts[0].id == "fair"


def test_a_manifest_gives_questions_to_begin_with(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    write_manifest(tmp_path, questions=["When does  the\nfair open?", "集市几时开放？"] * 2)
    (transcript,) = read_corpus([tmp_path]).transcripts
    assert transcript.questions == ("When does the fair open?", "集市几时开放？")


def test_a_changed_file_is_read_and_noted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    write_manifest(tmp_path, pages=[{"file": "a.txt", "sha256": "0" * 64}])
    corpus = read_corpus([tmp_path])
    assert len(corpus.transcripts) == 1
    assert "has changed since the manifest was written" in corpus.notes[0].text


def test_a_file_that_only_the_manifest_knows_is_skipped(tmp_path: Path) -> None:
    write_manifest(tmp_path)
    corpus = read_corpus([tmp_path])
    assert "no such file" in reasons(corpus)["a.txt"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("{", "line 1, column 2"),
        ("[]", "whole file"),
        ('{"transcripts": [{"id": "a", "pages": []}]}', "transcripts.0.pages"),
        ('{"transcripts": [{"id": "a", "pages": [{"file": "../x"}]}]}', "inside the manifest"),
        ('{"transcripts": [{"id": "a", "pages": [{"file": "x", "pge": 2}]}]}', "pages.0.pge"),
        (
            '{"transcripts": [{"id": "a", "pages": [{"file": "x", "url": "javascript:x"}]}]}',
            "pages.0.url",
        ),
        (
            '{"transcripts": [{"id": "a", "pages": [{"file": "x"}]},'
            ' {"id": "a", "pages": [{"file": "y"}]}]}',
            "given twice",
        ),
        (
            '{"transcripts": [{"id": "a", "pages": [{"file": "x"}], "questions": "Why?"}]}',
            "questions",
        ),
        (
            '{"transcripts": [{"id": "a", "pages": [{"file": "x"}], "questions": [" ?"]}]}',
            "questions.0",
        ),
        (
            '{"transcripts": [{"id": "a", "pages": [{"file": "x"}], "questions": ["%s?"]}]}'
            % ("why " * 50),
            "at most 160",
        ),
        ("[" * 100_000, "manifest.json"),
        (
            '{"transcripts": [{"id": "a", "title": "\\ud800", "pages": [{"file": "x"}]}]}',
            "surrogates not allowed",
        ),
    ],
)
def test_a_malformed_manifest_is_an_error_that_names_the_place(
    tmp_path: Path, content: str, place: str
) -> None:
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        read_corpus([tmp_path])
    assert place in str(error.value)
    assert "manifest.json" in str(error.value)


def test_a_missing_folder_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no file or folder .*nowhere"):
        read_corpus([tmp_path / "nowhere"])


def test_an_empty_folder_is_an_empty_corpus(tmp_path: Path) -> None:
    corpus = read_corpus([tmp_path])
    assert (corpus.transcripts, corpus.skipped, dict(corpus.files)) == ((), (), {})


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\xc2\xa0\n", "empty"),
        ("binary.txt", b"\x89PNG\r\n\x00\x00", "binary"),
        ("nul.txt", b"words\x00words", "binary"),
        ("latin.txt", PAGE.replace("A title", "Un thème é").encode("latin-1"), "iconv"),
        ("cut.txt", PAGE.replace("A title", "标题").encode().replace(b"\xa0", b""), "not UTF-8"),
        ("half.txt", b"\xff\xfea", "binary"),
        ("header.txt", b"A title\n\nChina.org.cn | July 1, 2019\n\nShare:\n", "No words"),
        ("page.pdf", b"%PDF", "damaged"),
        ("page.png", b"\x89PNG", "Its ending is none"),
    ],
)
def test_what_cannot_be_read_is_skipped_with_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.txt").write_text(PAGE, encoding="utf-8")
    corpus = read_corpus([tmp_path])
    assert reason in reasons(corpus)[name]
    assert [transcript.id for transcript in corpus.transcripts] == ["good"]
    assert len(corpus.files) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_and_without_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(PAGE.replace("\n", "\r\n").encode(encoding))
    (transcript,) = read_corpus([tmp_path]).transcripts
    assert transcript.text == PAGE


def test_links_to_nothing_folders_and_locked_files_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "broken.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with (tmp_path / "huge.txt").open("wb") as huge:
        huge.truncate(51 * 1024 * 1024)
    found = reasons(read_corpus([tmp_path]))
    assert "link to a file that is not there" in found["broken.txt"]
    assert "link to a file that is not there" in found["loop.txt"]
    assert "no ordinary file" in found["pipe.txt"]
    assert "larger than 50 MB" in found["huge.txt"]


def test_a_file_whose_name_is_no_text_is_skipped(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text(PAGE, encoding="utf-8")
    corpus = read_corpus([tmp_path])
    assert corpus.transcripts == ()
    assert "not UTF-8 text" in corpus.skipped[0].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "locked.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "locked.txt").chmod(0)
    assert "cannot be read" in reasons(read_corpus([tmp_path]))["locked.txt"]


def test_a_page_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a-p2.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "a_2.txt").write_text(PAGE + "More.\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text(PAGE, encoding="utf-8")
    corpus = read_corpus([tmp_path])
    assert "page 2 of 'a'" in reasons(corpus)["a_2.txt"]
    assert "byte for byte" in reasons(corpus)["b.txt"]
    assert len(corpus.files) == 1


def test_hidden_files_readmes_and_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.txt", "README.md", "README.txt", ".git/x.txt", "sub/a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PAGE, encoding="utf-8")
    corpus = read_corpus([tmp_path])
    assert [Path(name).name for name in corpus.files] == ["a.txt"]
    assert corpus.skipped == ()


def test_a_page_without_title_or_date_is_noted(tmp_path: Path) -> None:
    (tmp_path / "bare.txt").write_text("Luo Jiayi:\nNext question, please.\n", encoding="utf-8")
    corpus = read_corpus([tmp_path])
    assert (corpus.transcripts[0].title, corpus.transcripts[0].date) == ("bare", None)
    assert [note.text[:14] for note in corpus.notes] == ["No title was f", "No date was fo"]


def test_a_speaker_known_from_one_page_is_known_on_another(tmp_path: Path) -> None:
    (tmp_path / "fair-p1.txt").write_text(PAGE + "\nWan Shouren:\n\nYes.\n", encoding="utf-8")
    page = "Salt Daily:\n\nWhen? Thank you.\n\nWan Shouren: In May.\n"
    (tmp_path / "fair-p2.txt").write_text(page, encoding="utf-8")
    (transcript,) = read_corpus([tmp_path]).transcripts
    last = transcript.turns[-1]
    assert (last.speaker, transcript.turn_text(last), last.exchange) == (
        "Wan Shouren",
        "In May.",
        3,
    )
