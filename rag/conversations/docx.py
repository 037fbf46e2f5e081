"""A conversation as a Word document with real footnotes.

python-docx 1.2 has no footnotes: the part is added through its packaging layer, as ECMA-376 (part
1, section 17.11) describes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.parts.story import StoryPart
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from rag.conversations.kept import Conversation, Round
from rag.conversations.sources import Footnotes, source_of
from rag.conversations.telling import Line, lines_of
from rag.conversations.words import WORDS, minute
from rag.text.harmless import one_line
from rag.text.language import detect_language
from rag.types import Citation, Language

# What Word is told of a text's language, and a font that has its characters: those that come with
# Windows and Office; elsewhere another one stands in.
_TAGS: Mapping[Language, str] = {"en": "en-US", "zh-Hans": "zh-CN", "zh-Hant": "zh-HK"}
_FONTS: Mapping[Language, str] = {
    "en": "Microsoft YaHei",
    "zh-Hans": "Microsoft YaHei",
    "zh-Hant": "Microsoft JhengHei",
}
_NOTE, _REFERENCE, _LINK = "footnote text", "footnote reference", "Hyperlink"
_GREY = RGBColor(0x59, 0x59, 0x59)
_LINK_BLUE = RGBColor(0x05, 0x63, 0xC1)
# The lines that Word draws above the notes of a page are notes themselves, by these numbers.
_SEPARATORS = {-1: "separator", 0: "continuationSeparator"}


def document(conversation: Conversation, rounds: Sequence[Round], language: Language) -> bytes:
    """The file, with ``language`` around what was asked and said."""
    words, made = WORDS[language], Document()
    _prepare(made, conversation, language)
    writing = _Writing(made, language)
    writing.add(conversation.title, style="Title")
    changed = minute(conversation.changed, language)
    _quiet(writing.add(words.labelled.format(words.last_changed, changed)))
    for done in rounds:
        heading = words.numbered_question.format(done.number)
        writing.add(words.labelled.format(heading, done.question), style="Heading 1")
        asked = writing.add(minute(done.asked, language))
        asked.paragraph_format.keep_with_next = True
        _quiet(asked)
        for line in lines_of(done, language):
            writing.line(line)
    writing.footnotes()
    file = BytesIO()
    made.save(file)
    return file.getvalue()


class _Writing:
    """A document to which paragraphs are added, their sources noted, and at the end the notes."""

    def __init__(self, made: WordDocument, language: Language) -> None:
        self._made = made
        self._language = language
        self._notes = Footnotes()
        self._marked: set[int] = set()

    def add(self, text: str, style: str = "Normal") -> Paragraph:
        paragraph = self._made.add_paragraph(style=style)
        _write(paragraph, text)
        return paragraph

    def line(self, line: Line) -> None:
        if line.kind == "heading":
            self.add(line.words, style="Heading 2")
            return
        paragraph = self._made.add_paragraph()
        paragraph.paragraph_format.keep_with_next = line.kind in {"speaker", "verdict"} or None
        if line.kind == "speaker":
            _write(paragraph, line.name).bold = True
        is_after_name = line.kind == "speaker" and line.words
        comma = WORDS[self._language].comma if is_after_name else ""
        run = _write(paragraph, line.words, before=comma)
        if line.kind == "quote":
            paragraph.paragraph_format.left_indent = Cm(0.75)
        elif line.kind == "note":
            _quiet(paragraph)
        elif line.kind == "verdict":
            run.bold = True
        for place, cited in enumerate(line.sources):
            self._mark(paragraph, cited, is_first=place == 0)

    def footnotes(self) -> None:
        """Write what the marks stand for: once, after everything else."""
        separators = "".join(
            f'<w:footnote w:id="{number}" w:type="{kind}"><w:p><w:r><w:{kind}/></w:r></w:p>'
            "</w:footnote>"
            for number, kind in _SEPARATORS.items()
        )
        root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}>{separators}</w:footnotes>")
        name, package = PackURI("/word/footnotes.xml"), self._made.part.package
        part = StoryPart(name, CONTENT_TYPE.WML_FOOTNOTES, root, package)
        self._made.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        for number, cited in enumerate(self._notes.cited(), 1):
            note = _element("footnote", id=number)
            root.append(note)
            self._source(note, part, cited)

    def _mark(self, paragraph: Paragraph, cited: Citation, is_first: bool) -> None:
        """Put the number of a footnote; a second mark of one refers to the first, as Word does."""
        if not is_first:
            paragraph.add_run(", ", style=_REFERENCE)
        number = self._notes.number(cited)
        if number in self._marked:
            _refer(paragraph, number)
            return
        self._marked.add(number)
        bookmark = _element("bookmarkStart", id=number, name=_bookmark(number))
        paragraph._p.append(bookmark)
        run = paragraph.add_run(style=_REFERENCE)
        run._r.append(_element("footnoteReference", id=number))
        paragraph._p.append(_element("bookmarkEnd", id=number))

    def _source(self, note: BaseOxmlElement, part: StoryPart, cited: Citation) -> None:
        words, source = WORDS[self._language], source_of(cited, self._language)
        inner = _element("p")
        note.append(inner)
        paragraph = Paragraph(inner, part)
        paragraph.style = _NOTE
        paragraph.add_run(style=_REFERENCE)._r.append(_element("footnoteRef"))
        _write(paragraph, words.comma.join((source.who, source.place)), before=" ")
        if source.url:
            paragraph.add_run(" ")
            _link(paragraph, part, source.url)
        quoted, *others = (words.labelled.format(*detail) for detail in source.details)
        _write(paragraph, quoted, before=words.stop)
        for other in others:
            _write(paragraph, words.in_brackets.format("", other), before=" ")


def _prepare(made: WordDocument, conversation: Conversation, language: Language) -> None:
    """Title and language of the file, its paper, its styles and fonts."""
    title = one_line(conversation.title)
    properties = made.core_properties
    properties.title, properties.author, properties.comments = title[:255], "Hetao", ""
    properties.language = _TAGS[language]
    properties.created = properties.modified = conversation.changed
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    made.styles["Title"].font.size = Pt(20)
    note = made.styles.add_style(_NOTE, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    note.base_style = made.styles["Normal"]
    note.font.size = Pt(9)
    note.paragraph_format.space_after = Pt(3)
    note.paragraph_format.line_spacing = 1
    reference = made.styles.add_style(_REFERENCE, WD_STYLE_TYPE.CHARACTER, builtin=True)
    reference.font.superscript = True
    link = made.styles.add_style(_LINK, WD_STYLE_TYPE.CHARACTER, builtin=True)
    link.font.underline, link.font.color.rgb = True, _LINK_BLUE
    _set_fonts(made.styles.element, language)
    declared = _element("footnotePr")
    declared.extend(_element("footnote", id=number) for number in _SEPARATORS)
    # The schema has an order: before the settings of compatibility.
    made.settings.element.find(qn("w:compat")).addprevious(declared)


def _set_fonts(styles: BaseOxmlElement, language: Language) -> None:
    """The template leaves Chinese to a theme that has only Japanese fonts."""
    for fonts in styles.iter(qn("w:rFonts")):
        if fonts.attrib.pop(qn("w:eastAsiaTheme"), None):
            fonts.set(qn("w:eastAsia"), _FONTS[language])
    for spoken in styles.iter(qn("w:lang")):
        spoken.set(qn("w:val"), _TAGS["en"])
        spoken.set(qn("w:eastAsia"), _TAGS["zh-Hans" if language == "en" else language])


def _write(paragraph: Paragraph, text: str, before: str = "") -> Run:
    """Add text, said to be in its language; Chinese in a font that has its characters."""
    clean = one_line(text)
    run = paragraph.add_run(before + clean)
    language = detect_language(clean)
    properties = run._r.get_or_add_rPr()
    if language != "en":
        fonts = properties.get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), _FONTS[language])
        # Quotation marks and dashes are of both scripts: here they are Chinese.
        fonts.set(qn("w:hint"), "eastAsia")
    tag = _TAGS[language]
    spoken = _element("lang", **({"val": tag} if language == "en" else {"eastAsia": tag}))
    properties.append(spoken)
    return run


def _quiet(paragraph: Paragraph) -> None:
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb = Pt(9.5), _GREY


def _refer(paragraph: Paragraph, number: int) -> None:
    """A field that shows the number of a footnote which is marked before."""
    code = _element("instrText")
    code.text = f" NOTEREF {_bookmark(number)} \\f \\h "
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    shown = _element("t")
    shown.text = str(number)
    for content in (
        _element("fldChar", fldCharType="begin"),
        code,
        _element("fldChar", fldCharType="separate"),
        shown,
        _element("fldChar", fldCharType="end"),
    ):
        paragraph.add_run(style=_REFERENCE)._r.append(content)


def _bookmark(number: int) -> str:
    return f"_Ref_footnote_{number}"


def _link(paragraph: Paragraph, part: StoryPart, address: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    link.append(paragraph.add_run(address, style=_LINK)._r)
    paragraph._p.append(link)


def _element(tag: str, /, **attributes: str | int) -> BaseOxmlElement:
    """An element of WordprocessingML with its attributes."""
    made = OxmlElement(f"w:{tag}")
    for attribute, value in attributes.items():
        made.set(qn(f"w:{attribute}"), str(value))
    return made
