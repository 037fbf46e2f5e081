from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from rag.conversations.export import conversation_docx
from rag.conversations.kept import Conversation, Round


def opened(content: bytes) -> WordDocument:
    return Document(BytesIO(content))


def footnotes_part(document: WordDocument) -> Part:
    return document.part.part_related_by(RELATIONSHIP_TYPE.FOOTNOTES)


def footnotes(document: WordDocument) -> dict[int, BaseOxmlElement]:
    """The notes by number, without the lines above them."""
    root = parse_xml(footnotes_part(document).blob)
    return {
        int(note.get(qn("w:id"), "")): note
        for note in root.iter(qn("w:footnote"))
        if note.get(qn("w:type")) is None
    }


def words(element: BaseOxmlElement) -> str:
    return "".join(text.text or "" for text in element.iter(qn("w:t")))


def marks(document: WordDocument) -> list[str]:
    """What stands for a note in the text, in its order: a number, or a field that repeats one."""
    either = document.element.body.iter(qn("w:footnoteReference"), qn("w:instrText"))
    return [element.get(qn("w:id")) or (element.text or "").strip() for element in either]


def test_a_document_has_title_headings_quotes_and_what_failed(
    conversation: Conversation, rounds: tuple[Round, ...]
) -> None:
    document = opened(conversation_docx(conversation, rounds[:4]))
    told = [(p.style.name if p.style else "", p.text) for p in document.paragraphs]
    assert told[0] == ("Title", "How many? 河套有多少？")
    assert [text for style, text in told if style == "Heading 1"] == [
        "Question 1: How many?",
        "Question 2: How many in Brazil?",
        "Question 3: And then?",
        "Question 4: 香港有多少所大學？",
    ]
    assert ("Heading 2", "Nearest passages (not an answer)") in told
    texts = [text for _, text in told]
    assert "Chan Kwok-ki, Harbour briefing, 3 March 2024" in texts
    assert "The transcripts do not say." in texts
    assert "The index is gone. Run `hetao ingest`." in texts
    assert "It is uncertain whether this answers. The nearest that was said:" in texts
    assert document.core_properties.title == "How many? 河套有多少？"


def test_sources_are_footnotes_in_the_order_of_the_text_and_a_shared_one_is_referred_to(
    conversation: Conversation, rounds: tuple[Round, ...]
) -> None:
    document = opened(conversation_docx(conversation, rounds[:4]))
    assert marks(document) == ["1", "2", "3", "NOTEREF _Ref_footnote_1 \\f \\h", "4"]
    bookmarks = {
        element.get(qn("w:name")) for element in document.element.iter(qn("w:bookmarkStart"))
    }
    assert "_Ref_footnote_1" in bookmarks
    notes = footnotes(document)
    assert list(notes) == [1, 2, 3, 4]
    assert words(notes[1]) == (
        " Chan Kwok-ki (official), Harbour briefing, 3 March 2024, page 10 https://x.example/1. "
        "Characters 20-42 of harbour-1: “Five of them are here.” (Time: 2023)"
    )
    for note in notes.values():
        assert next(note.iter(qn("w:footnoteRef")), None) is not None


def test_marks_are_superscript_and_notes_have_words_own_styles(
    conversation: Conversation, quoted: Round
) -> None:
    document = opened(conversation_docx(conversation, [quoted]))
    styles = {style.style_id: style for style in document.styles}
    mark = next(document.element.body.iter(qn("w:footnoteReference"))).getparent()
    assert mark is not None
    reference = styles[mark.find(f"{qn('w:rPr')}/{qn('w:rStyle')}").get(qn("w:val"))]
    assert reference.name == "footnote reference"
    assert reference.font.superscript
    note = footnotes(document)[1].find(f"{qn('w:p')}/{qn('w:pPr')}/{qn('w:pStyle')}")
    assert note is not None
    assert styles[note.get(qn("w:val"))].name == "footnote text"


def test_addresses_in_the_web_are_links_and_no_others(
    conversation: Conversation, quoted: Round, hostile: Round
) -> None:
    document = opened(conversation_docx(conversation, [quoted, hostile]))
    part = footnotes_part(document)
    targets = [link.target_ref for link in part.rels.values() if link.is_external]
    assert set(targets) == {"https://x.example/1"}
    assert b"javascript:alert(3)" not in part.blob


def test_chinese_is_said_to_be_chinese_and_has_a_font_for_it(
    conversation: Conversation, uncertain: Round
) -> None:
    document = opened(conversation_docx(conversation, [uncertain], "zh-Hans"))
    heading = next(p for p in document.paragraphs if "香港有多少所大學" in p.text)
    properties = heading.runs[0]._r.rPr
    assert properties is not None
    assert properties.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-HK"
    assert properties.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "Microsoft JhengHei"
    assert heading.text.startswith("问题 4：")
    themes = [f.get(qn("w:eastAsiaTheme")) for f in document.styles.element.iter(qn("w:rFonts"))]
    assert set(themes) == {None}


def test_hostile_words_stay_words_and_never_break_the_file(
    conversation: Conversation, hostile: Round
) -> None:
    document = opened(conversation_docx(replace(conversation, title=hostile.question), [hostile]))
    shown = "](javascript:alert(1)) <script>alert(2)</script> [^1]: taken over"
    assert document.paragraphs[0].text.startswith(shown)
    assert shown in words(footnotes(document)[1])
    assert "\u202e" not in words(document.element)
    assert not list(document.element.iter(qn("w:hyperlink")))


def test_a_conversation_in_which_nothing_was_answered_is_a_document_too(
    conversation: Conversation, failed: Round
) -> None:
    for rounds in ([], [failed]):
        document = opened(conversation_docx(conversation, rounds))
        assert footnotes(document) == {}
        assert marks(document) == []


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_shows_the_footnotes(
    conversation: Conversation, rounds: tuple[Round, ...], tmp_path: Path
) -> None:
    file = tmp_path / "conversation.docx"
    file.write_bytes(conversation_docx(conversation, rounds))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "odt", "--outdir", tmp_path, file],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    shutil.unpack_archive(file.with_suffix(".odt"), tmp_path / "odt", "zip")
    content = (tmp_path / "odt" / "content.xml").read_text(encoding="utf-8")
    assert content.count('text:note-class="footnote"') == 5
    assert "Characters 20-42 of harbour-1" in content
