"""One briefing in every format: the same speakers, the same words."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from rag.indexing.copies import same_wording
from rag.indexing.passages import cut_passages
from rag.recordings import shown_time
from rag.transcripts.corpus import Corpus, read_corpus
from rag.transcripts.formats.document import Unreadable
from rag.transcripts.formats.read import read_document
from rag.transcripts.roles import UNNAMED_SPEAKER
from rag.types import Transcript

TITLE = "Briefing on the northern harbour"
SAID = (
    ("Lin Mei", "Good morning. Welcome to the briefing on the northern harbour."),
    ("Daily Times", "When will the new harbour open, and what does it cost?"),
    ("Chen Tao", "The harbour will open in May 2025. It costs 3.5 billion yuan."),
    ("Lin Mei", "The last question, please."),
    ("Radio North", "How many people will work there?"),
    ("Chen Tao", "About 1,200 people will work there. We will train them ourselves."),
    ("Lin Mei", "Thank you. That is all for today."),
)
CHINESE = (
    "北港简报\n\n林梅：各位记者朋友，上午好。欢迎参加北港发布会。\n\n每日时报记者：新港口什么时候开放？\n\n"
    "陈涛：新港口将于2025年5月开放，投资35亿元。\n\n林梅：谢谢大家。\n"
)
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def clock(seconds: int, mark: str) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}{mark}000"


def halves(words: str) -> tuple[str, str]:
    parts = words.split()
    return " ".join(parts[: len(parts) // 2]), " ".join(parts[len(parts) // 2 :])


def cues(mark: str, first: Callable[[str], str], then: Callable[[str], str]) -> str:
    """Two cues for each speech, as captions cut it."""
    blocks = []
    for number, (name, words) in enumerate(SAID):
        for part, half in enumerate(halves(words)):
            start = 20 * number + 10 * part
            times = f"{clock(start, mark)} --> {clock(start + 9, mark)}"
            who = then(name) if part else first(name)
            blocks.append(f"{2 * number + part + 1}\n{times}\n{who}{half}\n")
    return "\n".join(blocks)


def saved_page(said: str = "") -> str:
    said = said or "".join(f"<p><strong>{name}:</strong> {words}</p>" for name, words in SAID)
    return (
        f"<!DOCTYPE html><html><head><title>{TITLE}</title><meta name='date' content='2024-03-05'>"
        "<script>var never = 'a script';</script><style>p {color: red}</style></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/n'>News</a></li></ul></nav>"
        f"<article><h1>{TITLE}</h1>{said}</article><footer>All rights reserved.</footer></body>"
        "</html>"
    )


def minutes() -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    for name, words in SAID:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{name}:").bold = True
        paragraph.add_run(f" {words}")
    return packed(document)


def table(*, timed: bool = False) -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    rows = document.add_table(rows=0, cols=3 if timed else 2)
    for number, said in enumerate(SAID, 10):
        shown = (f"10:{number}", *said) if timed else said
        for cell, words in zip(rows.add_row().cells, shown, strict=True):
            cell.text = words
    return packed(document)


def packed(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def segments(scale: int = 1, **more: object) -> bytes:
    said = [
        {"speaker": name, "text": f" {half}", "start": (20 * n + 10 * part) * scale, **more}
        for n, (name, words) in enumerate(SAID)
        for part, half in enumerate(halves(words))
    ]
    return json.dumps({"language": "en", "segments": said}).encode()


PLAIN = TITLE + "\n\n" + "\n\n".join(f"{name}: {words}" for name, words in SAID)
FORMATS = {
    "page.txt": PLAIN.encode(),
    "sixteen.txt": PLAIN.replace("\n", "\r\n").encode("utf-16"),
    "notes.md": (f"# {TITLE}\n\n" + "\n\n".join(f"**{n}:** {w}" for n, w in SAID)).encode(),
    "saved.html": saved_page().encode(),
    "saved.txt": saved_page().encode(),
    "rows.html": saved_page(
        "<table>" + "".join(f"<tr><td>{n}</td><td>{w}</td></tr>" for n, w in SAID) + "</table>"
    ).encode(),
    "minutes.docx": minutes(),
    "table.docx": table(),
    "timed.docx": table(timed=True),
    "voices.vtt": ("WEBVTT\n\n" + cues(".", lambda n: f"<v {n}>", lambda n: f"<v {n}>")).encode(),
    "zoom.vtt": ("WEBVTT\n\n" + cues(".", lambda n: f"{n}: ", lambda n: f"{n}: ")).encode(),
    "captions.srt": cues(",", lambda n: f"{n}: ", lambda _: "").encode(),
    "captions.txt": cues(",", lambda n: f"{n}: ", lambda _: "").encode(),
    "whisper.json": segments(),
    "milliseconds.json": segments(1000, confidence=0.9),
}  # fmt: skip


def said(transcript: Transcript) -> list[tuple[str, str]]:
    return [
        (turn.speaker, " ".join(transcript.text[b.start : b.end] for b in turn.blocks))
        for turn in transcript.turns
        if turn.speaker != "Narrator"
    ]


def read(folder: Path, name: str, content: bytes) -> Corpus:
    (folder / name).write_bytes(content)
    return read_corpus([folder])


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_speakers_and_words(tmp_path: Path, name: str) -> None:
    corpus = read(tmp_path, name, FORMATS[name])
    assert not corpus.skipped
    assert said(corpus.transcripts[0]) == list(SAID)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="There is no Chromium here to print with.")
@pytest.mark.parametrize(
    "style",
    [
        "",
        "article {columns: 2; font-size: 30px; hyphens: auto}",
        "p {text-align: justify; width: 300px}",
    ],
    ids=["plain", "columns", "justified"],
)
def test_a_printed_page_gives_the_same_speakers_and_words(tmp_path: Path, style: str) -> None:
    page = saved_page().replace("<html>", "<html lang=en>")
    page = page.replace("</style>", f"{style}</style>")
    page = page.replace("<nav>", "<nav hidden>")
    (tmp_path / "page.xml").write_text(page, encoding="utf-8")
    source = (tmp_path / "page.xml").rename(tmp_path / "page.htm")
    subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
         f"--print-to-pdf={tmp_path / 'page.pdf'}", source.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    source.unlink()
    (transcript,) = read_corpus([tmp_path]).transcripts
    unbroken = [(name, " ".join(words.split())) for name, words in said(transcript)]
    assert unbroken == list(SAID)


def test_a_page_tells_its_title_and_date_and_no_script_or_menu_is_said(tmp_path: Path) -> None:
    (transcript,) = read(tmp_path, "saved.html", FORMATS["saved.html"]).transcripts
    assert (transcript.title, str(transcript.date)) == (TITLE, "2024-03-05")
    assert not [word for word in ("never", "color", "Home", "rights") if word in transcript.text]


def test_captions_keep_the_time_of_each_speech(tmp_path: Path) -> None:
    (transcript,) = read(tmp_path, "voices.vtt", FORMATS["voices.vtt"]).transcripts
    told = transcript.text.index("About 1,200 people")
    assert shown_time(transcript.time_at(told)) == "0:01:40"
    assert shown_time(transcript.time_at(transcript.text.index("train them"))) == "0:01:50"


def test_what_stands_in_several_formats_is_one_passage_with_several_places(tmp_path: Path) -> None:
    kinds = ("page.txt", "saved.html", "minutes.docx", "voices.vtt", "whisper.json")
    for name in kinds:
        (tmp_path / f"{name.replace('.', '-')}{Path(name).suffix}").write_bytes(FORMATS[name])
    transcripts = read_corpus([tmp_path]).transcripts
    passages = [
        passage
        for each in transcripts
        for passage in cut_passages(each, max_tokens=200, count_tokens=len, question_context=False)
    ]
    sentences = [p.sentence_text(n) for p in passages for n in range(len(p.sentences))]
    numbers = zip(sentences, same_wording(passages), strict=True)
    opens = [number for text, number in numbers if text == "The harbour will open in May 2025."]
    assert len(opens) == len(transcripts) == len(kinds)
    assert len(set(opens)) == 1
    assert opens[0] >= 0


def test_whom_the_format_names_speaks_however_seldom(tmp_path: Path) -> None:
    cue = "{} --> {}\n<v {}>{}\n"
    first = cue.format("00:01.000", "00:05.000", "Lin Mei", "Good morning and welcome, all.")
    then = cue.format("00:06.000", "00:09.000", "Chen Tao", "The pier opens in May.")
    corpus = read(tmp_path, "voices.vtt", f"WEBVTT\n\n{first}\n{then}".encode())
    assert [name for name, _ in said(corpus.transcripts[0])] == ["Lin Mei", "Chen Tao"]


def test_whom_a_program_names_before_every_cue_speaks_however_the_name_is_written(
    tmp_path: Path,
) -> None:
    spoken = (
        ("Ann Roe", "Unemployment fell to"), ("Ann Roe", "3.4 percent: the lowest since 2001."),
        ("iPhone (2)", "Is that year on"), ("iPhone (2)", "year?"), ("Ann Roe", "At 10:30 we say."),
    )  # fmt: skip
    shown = "".join(
        f"{n}\n00:0{n}.000 --> 00:0{n + 1}.000\n{name}: {words}\n\n"
        for n, (name, words) in enumerate(spoken, 1)
    )
    (transcript,) = read(tmp_path, "zoom.vtt", f"WEBVTT\n\n{shown}".encode()).transcripts
    assert said(transcript) == [
        ("Ann Roe", "Unemployment fell to 3.4 percent: the lowest since 2001."),
        ("iPhone (2)", "Is that year on year?"),
        ("Ann Roe", "At 10:30 we say."),
    ]


def test_what_is_linked_or_put_into_a_document_is_said_and_what_was_taken_out_is_not(
    tmp_path: Path,
) -> None:
    document = docx.Document()
    for name, words in SAID:
        document.add_paragraph(f"{name}: {words}")
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    gone = "<w:del>" + run.replace("w:t", "w:delText").format("soon ") + "</w:del>"
    parts = (
        run.format("Wu Lan: The fare will "), f"<w:ins>{run.format('not ')}</w:ins>", gone,
        run.format("rise above "), f"<w:hyperlink>{run.format('three dollars')}</w:hyperlink>",
        run.format(" this year."),
    )  # fmt: skip
    held = f"<w:p {nsdecls('w')}>{''.join(parts)}</w:p>"
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent>{held}</w:sdtContent></w:sdt>"
    document.element.body.insert(0, parse_xml(held))
    document.element.body.insert(len(SAID) + 1, parse_xml(control))
    (transcript,) = read(tmp_path, "changed.docx", packed(document)).transcripts
    assert [words for name, words in said(transcript) if name == "Wu Lan"] == [
        "The fare will not rise above three dollars this year."
    ] * 2


def test_a_name_in_bold_may_end_in_the_break_behind_it(tmp_path: Path) -> None:
    document = docx.Document()
    for name, words in SAID:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{name}:\n").bold = True
        paragraph.add_run(words)
    (transcript,) = read(tmp_path, "broken.docx", packed(document)).transcripts
    assert said(transcript) == [tuple(each) for each in SAID]


def test_what_is_set_above_the_line_is_no_digit_of_the_figure_before_it(tmp_path: Path) -> None:
    raised = (
        "Wu Lan: It fell by 4.2<sup>1</sup> percent; 10<sup>6</sup> litres, the 21<sup>st</sup>."
    )
    page = saved_page("".join(f"<p>{n}: {w}</p>" for n, w in SAID) + f"<p>{raised}</p>")
    document = docx.Document()
    for name, words in SAID:
        document.add_paragraph(f"{name}: {words}")
    paragraph = document.add_paragraph()
    for number, part in enumerate(re.split("</?sup>", raised)):
        paragraph.add_run(part).font.superscript = bool(number % 2)
    for name, content in (("page.html", page.encode()), ("page.docx", packed(document))):
        (tmp_path / name).write_bytes(content)
        (transcript,) = read_corpus([tmp_path / name]).transcripts
        assert said(transcript)[-1] == ("Wu Lan", "It fell by 4.2¹ percent; 10⁶ litres, the 21st.")


def test_captions_that_roll_up_the_screen_say_each_line_once(tmp_path: Path) -> None:
    lines = ("Lin Mei: good morning and", "welcome to the harbour", "the pier opens in May")
    shown = [(lines[0],), lines[:2], (lines[1],), lines[1:], (lines[2],)]
    written = "".join(
        f"00:0{n}.000 --> 00:0{n + 1}.000\n{chr(10).join(cue)}\n\n"
        for n, cue in enumerate(shown, 1)
    )
    document = read_document(f"WEBVTT\n\n{written}".encode())
    assert document.text == " ".join(lines)


def test_whom_a_transcriber_did_not_recognise_is_nobody_it_named(tmp_path: Path) -> None:
    heard = [
        {"speaker": "A", "text": "You promised nine thousand homes.", "start": 500},
        {"speaker": "B", "text": "We have built three thousand of them so far.", "start": 4100},
        {"text": "Why is there such a shortfall, minister?", "start": 9900},
        {"speaker": "A", "text": "And when will the rest be built?", "start": 14100},
    ]
    content = json.dumps({"utterances": heard}).encode()
    (transcript,) = read(tmp_path, "short.json", content).transcripts
    assert [turn.speaker for turn in transcript.turns] == [
        "Speaker A", "Speaker B", UNNAMED_SPEAKER, "Speaker A",
    ]  # fmt: skip
    assert [moment.seconds for moment in transcript.times] == [0.5, 4.1, 9.9, 14.1]


@pytest.mark.parametrize(("encoding", "named"), [("gb18030", "GB18030"), ("big5", "Big5")])
def test_chinese_in_its_older_encodings_is_read_and_a_note_says_so(
    tmp_path: Path, encoding: str, named: str
) -> None:
    from opencc import OpenCC

    text = OpenCC("s2t").convert(CHINESE) if encoding == "big5" else CHINESE
    corpus = read(tmp_path, "page.txt", text.encode(encoding))
    assert corpus.transcripts[0].text == text
    assert corpus.transcripts[0].turns[2].speaker[0] in "陈陳"
    assert any(f"Read as {named}" in note.text for note in corpus.notes)


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b" " * (201 * 1024 * 1024))
    return stream.getvalue()


def sheets(count: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(200, 200)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: b"%PDF-1.7 broken", "damaged"),
        (lambda: sheets(1), "OCR"),
        (lambda: sheets(2_001), "2,001 pages"),
        (bomb, "200 MB"),
        (lambda: b"PK\x03\x04 broken", "damaged"),
        (lambda: minutes()[:-500], "damaged"),
        (lambda: b'{"a": [1, 2]}', "no segments"),
        (lambda: b"<html><script>x</script></html>", "No text was found"),
        (lambda: b"\x80\x00\x81", "binary"),
    ],
    ids=["pdf", "scan", "many sheets", "bomb", "zip", "half a docx", "json", "no words", "binary"],
)  # fmt: skip
def test_what_cannot_be_read_is_skipped_with_a_sentence(
    tmp_path: Path, made: Callable[[], bytes], told: str
) -> None:
    (tmp_path / "page.txt").write_bytes(FORMATS["page.txt"])
    corpus = read(tmp_path, "other.txt", made())
    assert [told in skip.reason for skip in corpus.skipped] == [True]
    assert len(corpus.transcripts) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"<div>" * 50_000 + b"Chen Tao: Deep." + b"</div>" * 50_000,
        b"Chen Tao: " + b"word " * 60_000,
        b"[" * 100_000,
        b'<!DOCTYPE html [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><html><p>Chen: &b;</p></html>',
    ],
    ids=["deep", "one line", "brackets", "entities"],
)
def test_what_is_made_to_hurt_is_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert read_document(content).text
