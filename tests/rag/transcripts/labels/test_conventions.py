"""Who speaks, on pages of every convention that people bring, and on pages that only look so."""

from __future__ import annotations

import html
import json
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rag.transcripts.corpus import Corpus, read_corpus
from rag.transcripts.parser import normalise_text, parse_page
from rag.transcripts.roles import NARRATOR
from rag.transcripts.turns import assemble_turns
from rag.transcripts.unnamed import Note
from rag.types import Page, Turn

CONVENTIONS = Path(__file__).parents[3] / "fixtures" / "conventions"
GOLD = sorted(CONVENTIONS.glob("*.json"))
# Pages with a turn that is nobody's, which is told.
DOUBTED = frozenset({"mended_hearing"})
ASIDE = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")


def squeezed(text: str) -> str:
    return "".join(text.split())


def read(text: str) -> tuple[list[tuple[str, str]], tuple[Note, ...]]:
    """The speakers and words of a page, spaces squeezed out of no word but made single."""
    text = normalise_text(text)
    parsed = parse_page(text)
    turns, notes = assemble_turns(parsed.text, [(Page(1, "p.txt", "", 0, len(text)), parsed)])
    return [(turn.speaker, words(parsed.text, turn)) for turn in turns], notes


def words(text: str, turn: Turn) -> str:
    return " ".join(" ".join(text[b.start : b.end] for b in turn.blocks).split())


def bare(spoken: str) -> str:
    """Words without spaces, tags, entities and the marks of bold."""
    return squeezed(html.unescape(re.sub(r"</?[a-z][^<>]*>", "", spoken)).replace("**", ""))


def said(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Speaker, role and bare words, neighbours of one named speaker joined."""
    (transcript,) = corpus.transcripts
    joined: list[tuple[str, str, str]] = []
    for turn in transcript.turns:
        spoken = bare(words(transcript.text, turn))
        if joined and turn.speaker and joined[-1][0] == turn.speaker.casefold():
            spoken = joined.pop()[2] + spoken
        joined.append((turn.speaker.casefold(), turn.role, spoken))
    return joined


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.stem)
def test_every_turn_of_every_convention_is_its_speakers_or_its_doubt_is_told(path: Path) -> None:
    gold: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    corpus = read_corpus([path.with_suffix(".txt")])
    turns = said(corpus)
    doubts = [bare(note.text) for note in corpus.notes if "may name a speaker" in note.text]
    for turn in gold["turns"]:
        names = {name.casefold() for name in turn["speakers"]}
        names |= {NARRATOR.casefold()} if "" in names else set()
        spoken = bare(turn["text"])
        # Of a long turn the ends: lists and asides within it are not what is asked here.
        for piece in (spoken[:25], spoken[-25:]):
            holding = [(speaker, role) for speaker, role, all_ in turns if piece in all_]
            named = [(speaker, role) for speaker, role in holding if speaker in names]
            told = any(bare(turn["text"][:30]) in doubt for doubt in doubts)
            nobodys = bool(holding) and not any(speaker for speaker, _ in holding)
            assert named or (told and nobodys), (turn["speakers"], turn["text"][:60], turns)


@pytest.mark.parametrize(
    "path",
    [p for p in GOLD if p.stem.startswith(("fourth_", "mended_")) and p.stem not in DOUBTED],
    ids=lambda path: path.stem,
)
def test_the_named_turns_of_the_newer_sets_are_those_of_the_gold_word_for_word(path: Path) -> None:
    gold: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    expected: list[tuple[set[str], str]] = []
    for turn in gold["turns"]:
        names = {name.casefold() for name in turn["speakers"]}
        before = expected.pop()[1] if expected and expected[-1][0] == names else ""
        expected.append((names, before + bare(turn["text"])))
    nobody = ("", NARRATOR.casefold())
    turns = [
        (speaker, spoken) for speaker, _, spoken in said(read_corpus([path.with_suffix(".txt")]))
    ]
    named = [(speaker, spoken) for speaker, spoken in turns if speaker not in nobody]
    assert [ASIDE.sub("", spoken) for _, spoken in named] == [ASIDE.sub("", w) for _, w in expected]
    assert all(speaker in names for (speaker, _), (names, _) in zip(named, expected, strict=True))


def test_there_are_fixtures_of_more_than_twelve_conventions_with_three_speakers_or_more() -> None:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in GOLD]
    rich = [d for d in documents if len({t["speakers"][0] for t in d["turns"]}) >= 3]
    assert len({d["convention"].split()[0] for d in rich}) >= 12
    assert {d["language"] for d in rich} >= {"en", "zh-Hans", "zh-Hant", "bilingual"}


def test_a_speaker_met_once_is_not_swallowed_by_the_turn_before() -> None:
    page = (
        "**First Keeper:** The lock opens in May.\n**Reporter:** When is the weir rebuilt?\n"
        "**First Keeper:** Next year.\n**Second Keeper:** The mill is not sold.\n"
    )
    assert read(page)[0][-1] == ("Second Keeper", "The mill is not sold.")
    alone = "First Keeper\nWe open.\n\nReporter\nWhen?\n\nFirst Keeper\nIn May.\n\n"
    turns, _ = read(alone + "Second Keeper: The mill is not sold.\n")
    assert turns[-1] == ("Second Keeper", "The mill is not sold.")
    bilingual = (
        "记者 Reporter: 水闸什么时候开？\n甲员工 First Keeper: 五月开。It opens in May.\n"
        "记者 Reporter: 为什么？\n乙员工 Second Keeper: 要修。\n"
    )
    assert [speaker for speaker, _ in read(bilingual)[0]] == [
        "记者 Reporter",
        "甲员工 First Keeper",
        "记者 Reporter",
        "乙员工 Second Keeper",
    ]


@pytest.mark.parametrize(
    "form",
    [
        "     MS. ROE:  {}\n\n     Q    {}\n\n     MR. POE:  {}\n\n     Q    {}\n\n"
        "     MS. ROE:  {}\n",
        "Ann Roe (Keeper of the Lock): {}\n\nCarl Poe, Lock Gazette: {}\n\n"
        "Dee Fen (Clerk of Works): {}\n\nCarl Poe, Lock Gazette: {}\n\n"
        "Ann Roe (Keeper of the Lock): {}\n",
        "    Ms. Roe. {}\n    The Chairman. {}\n    Mr. Poe. {}\n    The Chairman. {}\n"
        "    Ms. Roe. {}\n",
        ">> ANN ROE: {}\n>> CARL POE: {}\n>> DEE FEN: {}\n>> CARL POE: {}\n>> ANN ROE: {}\n",
        "0:00:01.5 **Ann Roe** {}\n\n0:00:09 **Carl Poe** {}\n\n0:01:00 **Dee Fen** {}\n\n"
        "0:02:00 **Carl Poe** {}\n\n0:03:00 **Ann Roe** {}\n",
        "[0:00:01] [Ann Roe] {}\n[0:00:09] [Carl Poe] {}\n[0:01:00] [Dee Fen] {}\n"
        "[0:02:00] [Carl Poe] {}\n[0:03:00] [Ann Roe] {}\n",
        "- Ann Roe: {}\n- Carl Poe: {}\n- Dee Fen: {}\n- Carl Poe: {}\n- Ann Roe: {}\n",
        "Ann Roe -- Keeper\n\n{}\n\nCarl Poe -- Analyst\n\n{}\n\nDee Fen -- Clerk\n\n{}\n\n"
        "Carl Poe -- Analyst\n\n{}\n\nAnn Roe -- Keeper\n\n{}\n",
        "Ann Roe  00:03\n{}\n\nCarl Poe  00:09\n{}\n\nDee Fen  01:00\n{}\n\nCarl Poe  02:00\n{}\n\n"
        "Ann Roe  03:00\n{}\n",
        "Speaker 1 (00:03):\n{}\nSpeaker 2 (00:09):\n{}\nSpeaker 3 (01:00):\n{}\n"
        "Speaker 2 (02:00):\n{}\nSpeaker 1 (03:00):\n{}\n",
        "罗嘉仪：{}\n记者：{}\n闸务处代表：{}\n记者：{}\n罗嘉仪：{}\n",
        "**罗嘉仪**（闸务处处长）：{}\n**闸报记者**：{}\n**裴素音**：{}\n**闸报记者**：{}\n**罗嘉仪**：{}\n",
        "（局長）{}\n（記者）{}\n（署長）{}\n（記者）{}\n（局長）{}\n",
        "主席\n{}\n\n陳大文議員（東區）\n{}\n\n水閘局局長\n{}\n\n陳大文議員（東區）\n{}\n\n主席\n{}\n",
    ],
)
def test_a_convention_is_inferred_from_the_page(form: str) -> None:
    spoken = [
        "We open the lock.",
        "When will it open?",
        "It opens in May. (Laughter.)",
        "What does it cost?",
        "Three points: one, two, three.",
    ]
    turns, _ = read("Talk at the lock\nJuly 1, 2019\n\n" + form.format(*spoken))
    assert [text.split("[")[0] for _, text in turns] == spoken
    names = [speaker for speaker, _ in turns]
    assert len(set(names)) == 3
    assert names[0] == names[4]
    assert names[1] == names[3]


def test_a_bare_change_of_speaker_is_a_turn_without_a_name() -> None:
    turns, _ = read(">> MAYOR ROE: WE OPEN.\n>> WHEN?\n>> MAYOR ROE: IN MAY. >> AND THE WEIR?\n")
    assert turns == [
        ("MAYOR ROE", "WE OPEN."),
        ("", "WHEN?"),
        ("MAYOR ROE", "IN MAY."),
        ("", "AND THE WEIR?"),
    ]


def test_questions_in_bold_are_nobodys_of_those_who_answer() -> None:
    page = (
        "The sea decides\n\n**When is it ready?**\n\nIn June.\n\n**And the cost?**\n\n"
        "Ten million.\n"
    )
    text = normalise_text(page)
    parsed = parse_page(text)
    turns, _ = assemble_turns(parsed.text, [(Page(1, "p", "", 0, len(text)), parsed)])
    assert [(turn.speaker, turn.role) for turn in turns if turn.number > 0][-4:] == [
        ("", "reporter"),
        ("", "narrator"),
    ] * 2


@pytest.mark.parametrize(
    "prose",
    [
        "Note: the lock is old.",
        "Three points: one, two, three.",
        "I asked the miller, Mr. Lee. He said so.",
        "The price: 88 million.",
        "注：数据截至二月。",
        "Opening hours: they stay.",
        "(a) under the weir;",
        "[Applause]",
        "He said: “Never.”",
    ],
)
@pytest.mark.parametrize("label", ["{}: ", "**{}:** ", "- {}: ", "{}\n", "{}. "])
def test_prose_that_looks_like_a_label_names_nobody(label: str, prose: str) -> None:
    names = ["MS. ROE", "MR. POE", "MS. ROE", "MR. POE", "MS. FEN", "MS. ROE"]
    page = "".join(f"{label.format(name)}We say it.\n\n" for name in names)
    turns, _ = read(page + prose + "\n")
    assert [speaker for speaker, _ in turns if speaker] == names
    assert turns[-1][0] in ("MS. ROE", "")


def test_what_could_be_another_persons_turn_is_nobodys_and_told() -> None:
    page = (
        "Ann Roe:\n\nWe open.\n\nSalt Daily:\n\nWhen?\n\nAnn Roe:\n\nIn May.\n\n"
        "Carl Poe: The mill stays.\n"
    )
    turns, notes = read(page)
    assert turns[-1] == ("", "Carl Poe: The mill stays.")
    (told,) = [note for note in notes if "Carl Poe" in note.text]
    assert told.line == 13
    assert "speakers" in told.text
    assert "manifest.json" in told.text


@pytest.mark.parametrize(
    "name",
    [
        "Commission President Ursula von der Leyen",
        "Prime Minister Joao Pedro dos Santos Silva",
        "Minister Hadja Fatimah binti Abdullah Rahman",
        "Minister Saskia van den Berg-Aalders of Works",
    ],
)
def test_small_words_within_a_long_name_do_not_hide_who_speaks(name: str) -> None:
    page = (
        f"Reporter: When?\n\n{name}: In May.\n\nReporter: Why so late?\n\n{name}: It is not late.\n"
    )
    assert read(page)[0][1::2] == [(name, "In May."), (name, "It is not late.")]


def test_a_word_in_capitals_where_most_labels_are_is_not_said_by_who_spoke_before() -> None:
    page = (
        "MAYOR LEE: Over 10 years.\n\nINTERPRETER: The President says so too.\n\n"
        "QUESTION (in French): Do you agree?\n\nMAYOR LEE: Yes.\n\nQUESTION: Why?\n\n"
        "MAYOR LEE: So.\n"
    )
    turns, (note,) = read(page)
    assert turns[0] == ("MAYOR LEE", "Over 10 years.")
    assert turns[1] == ("", "INTERPRETER: The President says so too.")
    assert "given to nobody" in note.text


def test_a_long_page_of_one_turn_draws_a_note() -> None:
    page = "A title\nJuly 1, 2019\n\n" + "It went on like this for a while.\n" * 30
    (note,) = read(page)[1]
    assert "one turn" in note.text


def test_a_sentence_goes_on_over_running_heads_page_numbers_and_footnotes() -> None:
    page = (
        "CHAIR ROE. The lock costs more now. The figure is 3.4 billion, which is up from\n"
        "      LOCK AUTHORITY PRESS OFFICE          Page 2 of 5\n\n"
        "HK$2.9 billion in the first plan.¹ That is steel.\n\n"
        "¹ Prices of 2019.\n\n"
        "CARL POE. When?\n\nCHAIR ROE. In May, and we\n      LOCK AUTHORITY PRESS OFFICE"
        "          Page 3 of 5\n\nmean it.\n"
    )
    turns, _ = read(page)
    assert "up from HK$2.9 billion in the first plan" in turns[0][1]
    assert turns[-1] == ("CHAIR ROE", "In May, and we mean it.")
    assert "PRESS OFFICE" not in str(turns)
    assert "Prices of 2019" not in str(turns)


@pytest.mark.parametrize(
    "rows",
    [
        "Region     2023   2024\nWorld      3.2    3.1\nAfrica     3.4    3.8\n",
        "2023   82.5\n2024   80.1\n",
        "Year: Cars per day\n\n2023: 41,000\n\n2024: 46,500\n",
    ],
)
def test_the_rows_of_a_table_are_words_of_the_turn_they_stand_in(rows: str) -> None:
    page = f"CHAIR ROE: We project so:\n\n{rows}\nThat is all.\n\n" + "".join(
        f"CARL POE: What of lock {n}?\n\nCHAIR ROE: It opens in May, as lock {n} did.\n\n"
        for n in range(30)
    )
    assert squeezed(rows) in squeezed(read(page)[0][0][1])


def test_the_numbers_of_lines_are_no_words_and_break_no_sentence() -> None:
    page = "".join(
        f"{number:>2}  {line}\n"
        for number, line in enumerate(
            ["     Q.  Where were you?", "     A.  At the lock. I saw", "the ship.",
             "     MR. POE:  Objection.", "     Q.  When?", "     A.  At 9:30, and it",
             "was dark.", "     MS. ROE:  Thank you.", "     Q.  Why?", "     A.  It was late."],
            start=1,
        )
    )  # fmt: skip
    turns, _ = read(page)
    assert turns[1] == ("A", "At the lock. I saw the ship.")
    assert [speaker for speaker, _ in turns] == ["Q", "A", "MR. POE", "Q", "A", "MS. ROE", "Q", "A"]


def test_offsets_stay_those_of_the_file_where_furniture_is_blanked() -> None:
    page = (
        "ANN ROE. We go\n        Page 1 of 2\non. Good.\nCARL POE. Why?\nANN ROE. So.\n"
        "CARL POE. Oh.\n"
    )
    parsed = parse_page(page)
    assert len(parsed.text) == len(page)
    differing = [a for a, b in zip(page, parsed.text, strict=True) if a != b]
    assert squeezed("".join(differing)) == "Page1of2"


def test_a_power_is_no_mark_of_a_footnote() -> None:
    page = (
        "Ann Roe: The lake has 12 km² and 10² fish. It is dear.²\n\nReporter: When?\n\n"
        "Ann Roe: In May.\n\n² Prices of 2019.\n"
    )
    assert read(page)[0][0] == ("Ann Roe", "The lake has 12 km² and 10² fish. It is dear.")


def test_a_yaml_head_is_metadata_and_no_speech(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        '---\ntitle: "Talk: the lock"\ndate: 2019-07-01\npublisher: Lock Gazette\ntags:\n  - lock\n'
        "---\n\n**Ann Roe:** Hello.\n\n**Reporter:** When?\n\n**Ann Roe:** In May.\n",
        encoding="utf-8",
    )
    (transcript,) = read_corpus([tmp_path]).transcripts
    assert (transcript.title, transcript.date) == ("Talk: the lock", date(2019, 7, 1))
    assert transcript.publisher == "Lock Gazette"
    assert [turn.speaker for turn in transcript.turns] == ["Ann Roe", "Reporter", "Ann Roe"]


@pytest.mark.parametrize("head", ["---\n[unclosed\n---\n", "---\na: *b\n---\n", "---\n- x\n---\n"])
def test_a_head_that_is_no_yaml_stops_nothing(head: str) -> None:
    assert read(head + "\nAnn Roe:\nHello.\n")[0][-1] == ("Ann Roe", "Hello.")


def test_the_manifest_names_speakers_roles_and_aliases_and_who_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "A talk\nJuly 1, 2019\n\nspk_0: Hello.\n\nspk_1: When?\n\nspk_0: In May.\n\n"
        "Mill Lane: The road is closed.\n",
        encoding="utf-8",
    )
    entry = {
        "id": "a",
        "pages": [{"file": "a.txt"}],
        "speakers": [
            {"name": "Ann Roe", "role": "official", "title": "keeper", "aliases": ["spk_0"]},
            {"name": "Lock Gazette", "role": "reporter", "aliases": ["spk_1"]},
        ],
        "not_speakers": ["Mill Lane"],
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"transcripts": [entry]}), encoding="utf-8")
    corpus = read_corpus([tmp_path])
    assert [(turn.speaker, turn.role, turn.title) for turn in corpus.transcripts[0].turns] == [
        ("Ann Roe", "official", "keeper"),
        ("Lock Gazette", "reporter", ""),
        ("Ann Roe", "official", "keeper"),
    ]
    assert corpus.notes == ()


def test_controls_of_a_page_are_no_publisher() -> None:
    page = "A talk at the lock\n0 Comment s Print E-mail\nJuly 1, 2019\n\nAnn Roe:\nWe open.\n"
    parsed = parse_page(page)
    assert (parsed.title, parsed.publisher) == ("A talk at the lock", "")
    named = page.replace("0 Comment", "Lock.example.org 0 Comment")
    assert "Print" not in parse_page(named).publisher


def test_any_title_before_a_surname_that_returns_is_a_label() -> None:
    page = (
        "    Commodore Vane. We sit. I call Mr. Poe.\n    Mr. Poe. The lock leaks.\n"
        "    Bailiff Fenn. Since when?\n    Mr. Poe. Since May. I told the\n"
        "Bailiff Fenn. He wrote.\n"
        "    Bailiff Fenn. Did I?\n    Commodore Vane. He did.\n    Bailiff Strand. I saw it.\n"
    )
    turns, _ = read(page)
    assert [speaker for speaker, _ in turns] == [
        "Commodore Vane", "Poe", "Bailiff Fenn", "Poe", "Bailiff Fenn", "Commodore Vane",
        "Bailiff Strand",
    ]  # fmt: skip


def test_names_in_bold_with_and_without_a_title_behind_them_are_of_one_form() -> None:
    page = (
        "**Usher**\n\nWelcome.\n\n**Ann Roe** — *Keeper — Lock Trust*\n\nWe open.\n\n"
        "**Usher**\n\nNext.\n\n"
        "**Carl Poe** — *Salt Daily*\n\nWhen?\n\n**Ann Roe** — *Keeper — Lock Trust*\n\nIn May.\n\n"
        "**Unnamed Guest**\n\nAnd the weir?\n\n**Usher**\n\nThat is all.\n"
    )
    turns, _ = read(page)
    assert [speaker for speaker, _ in turns if speaker] == [
        "Usher", "Ann Roe", "Usher", "Carl Poe", "Ann Roe", "Unnamed Guest", "Usher",
    ]  # fmt: skip
    assert turns[1][1] == "We open."
    turns, notes = read(page.replace("Unnamed Guest", "Woman at the back"))
    assert [spoken for speaker, spoken in turns if speaker == "Ann Roe"] == ["We open.", "In May."]
    assert any("Woman at" in note.text for note in notes)


def test_seat_and_time_beside_a_name_are_no_part_of_it_and_a_title_line_names_nobody() -> None:
    page = (
        "LAKE CHAMBER\nRecord of 3 June 2025\nLock Dues Act: Second Reading\n\n"
        "Mr POE (Salt Road—Keeper of Locks) (14:02)\nI move the bill.\n\n"
        "The WARDEN\nOrder.\n\nMs ROE (Mill End) (14:05)\nWhy now?\n\n"
        "Mr POE (Salt Road—Keeper of Locks) (14:06)\nIt leaks.\n\n"
        "The WARDEN\nThe question is that the bill be read.\n\nMotion lost.\n\n"
        "The WARDEN\nWe rise.\n"
    )
    turns, notes = read(page)
    named = [(speaker, spoken) for speaker, spoken in turns if speaker != NARRATOR]
    assert named == [
        ("POE", "I move the bill."),
        ("The WARDEN", "Order."),
        ("ROE", "Why now?"),
        ("POE", "It leaks."),
        ("The WARDEN", "The question is that the bill be read."),
        ("", "Motion lost."),
        ("The WARDEN", "We rise."),
    ]
    assert any("Motion lost." in note.text for note in notes)


@pytest.mark.parametrize("colon", ["︰", "﹕", "∶", "："])
def test_a_colon_of_any_form_closes_a_label(colon: str) -> None:
    page = "局長︰\n水閘五月開。\n\n記者︰\n為甚麼？\n\n總管（水閘）︰要修。\n\n局長︰\n多謝。\n"
    turns, _ = read(page.replace("︰", colon))
    assert turns == [
        ("局長", "水閘五月開。"), ("記者", "為甚麼？"), ("總管", "要修。"), ("局長", "多謝。"),
    ]  # fmt: skip


def test_an_office_before_the_name_is_the_title() -> None:
    page = (
        "Keeper of Locks and Weirs, Mr Poe Yat: We open.\n\nReporter: When?\n\n"
        "Keeper of Locks and Weirs, Mr Poe Yat: In May.\n"
    )
    (first, *_) = parse_page(page).speeches
    assert (first.speaker, first.title) == ("Poe Yat", "Keeper of Locks and Weirs")


def test_bold_statements_among_bold_questions_are_the_questioners_and_the_lead_is_nobodys() -> None:
    page = (
        "A talk at the weir\n\n**Ann Roe keeps the weir. A talk.**\n\nSalt Daily · 1 June\n\n"
        "**You came here young.**\n\nI was nine.\n\n**That is early.**\n\nIt was not.\n\n"
        '**Who taught you? They say: "nobody?"**\n\nMy aunt.\n\n**And now?**\n\nI stay.\n'
    )
    text = normalise_text(page)
    speeches = parse_page(text).speeches
    assert [(s.asks, text[s.blocks[0].start : s.blocks[0].end]) for s in speeches if s.opened] == [
        (True, "You came here young."), (False, "I was nine."),
        (True, "That is early."), (False, "It was not."),
        (True, 'Who taught you? They say: "nobody?"'), (False, "My aunt."),
        (True, "And now?"), (False, "I stay."),
    ]  # fmt: skip
    headed = page.replace("young.**", "young**").replace("early.**", "early**")
    headed = headed.replace('y?"**', "y**").replace("And now?", "And now")
    assert not [speech for speech in parse_page(headed).speeches if speech.opened]


@pytest.mark.parametrize(
    ("page", "label"),
    [
        ("Roe/羅：Hello 好。\n\nPress/記者：When? 何時？\n\nRoe/羅：May 五月。\n\n{}Yes 是。\n",
         "Mason/石匠："),
        ("**问：**何时？\n\n**答：**五月。\n\n**问：**谁修？\n\n{}我修。\n\n**问：**贵吗？\n\n"
         "**答：**不贵。\n", "**船长蓝海山：**"),
    ],
)  # fmt: skip
def test_a_label_met_once_in_the_form_of_the_others_is_one(page: str, label: str) -> None:
    turns, _ = read(page.format(label))
    name = label.strip("*：: ")
    assert name in [speaker for speaker, _ in turns]
    assert not any(name in spoken for _, spoken in turns)


def test_a_name_in_brackets_that_returns_is_a_label_beside_those_of_another_form() -> None:
    page = (
        "Ann Roe:\n\nWe open.\n\nSalt Daily:\n\nWhen?\n\n[Pilot Ferro]\n\nI was there.\n\n"
        "Ann Roe:\n\nIn May.\n\nSalt Daily:\n\nWhy?\n\n[Pilot Ferro]\n\nIt leaks.\n\n"
        "Ann Roe:\n\nSo.\n"
    )
    turns, _ = read(page)
    assert [speaker for speaker, _ in turns] == [
        "Ann Roe", "Salt Daily", "Pilot Ferro", "Ann Roe", "Salt Daily", "Pilot Ferro", "Ann Roe",
    ]  # fmt: skip


def test_a_heading_between_turns_is_nobodys() -> None:
    page = (
        "Mr. Poe. It leaks.\n\n  STATEMENT OF ANN ROE,\n  KEEPER OF THE LOCK\n\n"
        "Ms. Roe. It does.\n\nMr. Poe. Why?\n\nMs. Roe. It is old.\n"
    )
    turns, _ = read(page)
    assert [spoken for _, spoken in turns] == ["It leaks.", "It does.", "Why?", "It is old."]


def test_a_question_printed_between_two_answers_of_one_speaker_is_not_theirs() -> None:
    asked = (
        "The following question was raised after the press conference: A vessel is said to have "
        "left the lock at night. What is your comment?"
    )
    page = (
        "AFP: When does it open?\n\nMao Ning: In May.\n\nReuters: At what cost?\n\n"
        f"Mao Ning: At 3.4 billion.\n\n{asked}\n\nMao Ning: We noted the reports.\n"
    )
    turns, (note,) = read(page)
    assert turns[3:] == [
        ("Mao Ning", "At 3.4 billion."), ("", asked), ("Mao Ning", "We noted the reports.")
    ]  # fmt: skip
    assert "was given to nobody" in note.text


def test_the_points_of_a_letter_name_nobody_and_a_numbered_point_is_none() -> None:
    letter = (
        "To: The Lock Trust\nFrom: The Crews\nRe: Ferry No. 7\n\nDear Trustees:\n\nWe write.\n\n"
        "Repair: soon.\nPay: for May.\nP.S.: The cook signs too.\n"
    )
    assert {speaker for speaker, _ in read(letter)[0]} == {NARRATOR}
    assert {
        speaker
        for speaker, _ in read("开放时间为：\n\n1. 平日：9:00至17:00\n2. 周末：10:00至18:00\n")[0]
    } == {NARRATOR}


UNITS = {
    "titles": "    Bailiff Fenn. We {}.\n    Mr. Roe. No.\n",
    "returning": "Ann Roe:\n\nWe {}.\n\nCCTV:\n\nWhy?\n\n[Pilot Ferro]\n\nI was there.\n\n",
    "headed": "ANN ROE\nWe {}.\n\nPRESS\nWhy?\n\nOF NOTE,\n\n",
    "alone": "CCTV:\nWhy?\nIrrigation:\nBecause.\n",
    "distinct": "Ann Roe{}: words here.\n",
    "sheets": "CHAIR ROE. It is up from\nPage {} of 9\n\n2.9 billion.\nANN POE. When?\n",
    "doubts": "Luo Jiayi:\n\nYes.\n\nSalt Road{}: It is paved.\n\n",
    "arrows": ">> YES. >> NO: {}\n",
    "notes": "word{}¹ more\n¹ Note here.\n",
    "bold": "**Why {}?**\n\nBecause.\n\n",
    "called": "    Mr. Roe. No, Senator.\n    Senator P{}. Why?\n    Marshal P{}. So.\n",
    "dashed": "Ann Roe (PPE). – We {}.\n\nPresident. – Yes.\n\n",
    "columns": "Ann Roe: We open in\n\nColumn {}\n\nMay.\n\nQ12 Carl Poe: Why?\n\n",
    "entered": "Roe, Ann   0:03\nWe {}.\n\nPoe, Carl   0:09\nWhy?\n\n(Laughter)\n\n",
    "initials": "TV: We {}.\n\nAK: No.\n\nREAD MORE: Bells {}\n\n",
    "stamped": "[0:{}:01] Ann Roe: We.\n[0:{}:02] So.\n\n",
}


@pytest.mark.parametrize("size", [125, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_four_times_the_page_takes_about_four_times_the_time(unit: str, size: int) -> None:
    def took(count: int) -> float:
        page = "A title\nMay 1, 2020\n" + "".join(unit.replace("{}", str(n)) for n in range(count))
        began = time.process_time()
        read(page)
        return time.process_time() - began

    most = 8 * max(min(took(size) for _ in range(2)), 0.01)
    # Once more where something else took the time.
    assert took(4 * size) < most or took(4 * size) < most
