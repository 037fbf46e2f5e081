"""Pages in the forms they really take, and what must hold for any page."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.transcripts.corpus import read_corpus
from rag.transcripts.furniture.dates import find_date
from rag.transcripts.labels.speakers import read_speaker
from rag.transcripts.parser import normalise_text, parse_page
from rag.transcripts.roles import NARRATOR, UNNAMED_REPORTER, UNNAMED_SPEAKER
from rag.transcripts.turns import assemble_turns
from rag.types import Page, Range, Transcript, Turn

FIXTURES = Path(__file__).parents[2] / "fixtures" / "transcripts"
CORPUS = Path(__file__).parents[3] / "corpus"


def read(pattern: str, folder: Path = FIXTURES) -> Transcript:
    (transcript,) = read_corpus(sorted(folder.glob(pattern))).transcripts
    return transcript


def parts(transcript: Transcript) -> list[tuple[str, str, int | None]]:
    return [(turn.speaker, turn.role, turn.exchange) for turn in transcript.turns]


def turns_of(text: str, number: int = 1) -> tuple[Turn, ...]:
    text = normalise_text(text)
    page = Page(number, "page.txt", "", 0, len(text))
    return assemble_turns(text, [(page, parse_page(text))])[0]


def words_of(text: str, turn: Turn) -> str:
    return "\n".join(text[block.start : block.end] for block in turn.blocks)


def test_the_real_page_gives_the_nameless_question_to_a_reporter() -> None:
    transcript = read("*.txt", CORPUS)
    assert parts(transcript) == [
        ("Shou Xiaoli", "moderator", None),
        (UNNAMED_REPORTER, "reporter", 2),
        ("Chan Kwok-ki", "official", 2),
    ]
    assert transcript.date == date(2023, 9, 5)
    assert transcript.published == date(2023, 9, 21)
    assert transcript.publisher == "China.org.cn"
    assert [page.number for page in transcript.pages] == [10]
    words = [transcript.turn_text(turn) for turn in transcript.turns]
    assert words[0] == "We have time for two more questions."
    assert words[1].startswith('The HTCZ was under the principle of "one zone, two parks ,"')
    assert words[2].startswith("Thank you for your questions.")
    assert words[2].endswith("deep cooperation in innovation and technology.")


def test_two_pages_are_one_transcript_with_titles_from_the_first() -> None:
    transcript = read("harbour-*.txt")
    assert parts(transcript) == [
        (NARRATOR, "narrator", None),
        ("Bian Yuxi", "moderator", None),
        ("Tao Wenbo", "official", None),
        ("Tao Wenbo", "official", None),
        ("Bian Yuxi", "moderator", None),
        ("CCTV", "reporter", 6),
        ("Tao Wenbo", "official", 6),
        ("Quan Lihua", "official", 6),
        ("People's Daily", "reporter", 9),
        ("Lianhe Wanbao", "reporter", 10),
        ("Ho Sze-wing", "official", 10),
        ("Bian Yuxi", "moderator", None),
    ]
    assert transcript.turn(8).title == "mayor of Larkspur Harbour"
    assert transcript.turn(2).title.startswith("deputy director general")
    assert [turn.page for turn in transcript.turns] == [1] * 3 + [2] * 9
    assert transcript.turn_text(transcript.turn(4)).startswith("more than 900 pilots")


def test_furniture_and_captions_inside_a_speech_belong_to_nobody() -> None:
    transcript = read("harbour-*.txt")
    said = transcript.turn_text(transcript.turn(3))
    assert "three points:" in said
    assert "First, on policy:" in said
    assert "rebuilt\nbefore 2030." in said
    assert said.endswith("the harbour will hire")
    everything = "\n".join(transcript.turn_text(turn) for turn in transcript.turns)
    for furniture in ("Photo", "attends", "_tag_", "Share", "Read in", "Comment", "Press Room"):
        assert furniture not in everything


def test_single_line_breaks_are_enough() -> None:
    transcript = read("single-breaks.txt")
    assert [turn.role for turn in transcript.turns] == [
        "moderator",
        "reporter",
        "official",
        "moderator",
    ]
    assert transcript.turn_text(transcript.turn(3)).endswith("Water, soil and patience.")


def test_a_name_and_its_words_on_one_line_are_read_when_the_name_is_known() -> None:
    transcript = read("glued.txt")
    assert parts(transcript) == [
        ("Host", "moderator", None),
        ("Evening Lantern News", "reporter", 2),
        ("Fan Ruolin", "official", 2),
        ("Evening Lantern News", "reporter", 4),
        ("Fan Ruolin", "official", 4),
    ]
    assert "Opening hours: they stay" in transcript.turn_text(transcript.turn(5))


def test_a_page_in_mid_turn_without_the_page_before_names_nobody() -> None:
    corpus = read_corpus([FIXTURES / "orphan_4.txt"])
    transcript = corpus.transcripts[0]
    assert parts(transcript)[0] == (UNNAMED_SPEAKER, "narrator", None)
    assert parts(transcript)[1:] == [
        ("Pei Suyin", "moderator", None),
        ("Kite Weekly", "reporter", 3),
        ("Gu Anran", "official", 3),
    ]
    assert [(note.line, "mid-turn" in note.text) for note in corpus.notes] == [(5, True)]


def test_a_nameless_question_ends_where_the_moderator_goes_on() -> None:
    corpus = read_corpus([FIXTURES / "handover.txt"])
    assert parts(corpus.transcripts[0]) == [
        ("Luo Jiayi", "moderator", None),
        (UNNAMED_REPORTER, "reporter", 2),
        ("Luo Jiayi", "moderator", None),
        ("Wan Shouren", "official", 2),
        ("Luo Jiayi", "moderator", None),
    ]
    assert [note.line for note in corpus.notes] == [9]


def test_a_chinese_page_is_read_with_full_width_colons_and_titles() -> None:
    transcript = read("zh-hans.txt")
    assert transcript.title == "国务院新闻办就《云溪港规划》举行发布会"
    assert (transcript.date, transcript.publisher) == (date(2022, 3, 2), "云溪网")
    assert transcript.published == date(2022, 3, 4)
    assert parts(transcript)[1:] == [
        ("卞雨曦", "moderator", None),
        ("中央广播电视总台记者", "reporter", 3),
        ("陶文博", "official", 3),
        ("云溪日报记者", "reporter", 5),
        ("全丽华", "official", 5),
        ("卞雨曦", "moderator", None),
    ]
    assert transcript.turn(6).title == "云溪市市长"
    said = transcript.turn_text(transcript.turn(4))
    assert "我想强调三点：" in said
    assert said.endswith("首先，关于政策：\n\n未来五年不变。")  # and not the photo's caption
    assert transcript.turn_text(transcript.turn(7)).endswith("谢谢大家！")


def test_a_traditional_chinese_page_is_read_alike() -> None:
    transcript = read("zh-hant.txt")
    assert parts(transcript) == [
        ("卞雨曦", "moderator", None),
        ("雲溪電視台記者", "reporter", 2),
        ("鄺國強", "official", 2),
    ]
    assert transcript.turn(3).title == "雲溪港特區政府政務司司長"


@pytest.mark.parametrize(
    "label",
    "CCTV|China Media Group (CMG)|21st Century Business Herald|thepaper.cn|People's Daily|"
    "Chan Kwok-ki|Mr. Li|John Lee Ka-chiu|路透社|第一财经|香港電台記者|关颖珊|买买提·某".split("|"),
)
def test_names_and_outlets_are_speakers(label: str) -> None:
    found = read_speaker(label)
    assert found is not None
    assert found.certain


@pytest.mark.parametrize(
    "label",
    "I would like to make three points|First, on policy|Second|Speakers|Date|Share|Note|"
    "As the minister said|Support for Reform|我想强调三点|第一，关于政策|他说|主要有以下几个方面|"
    "规划指出|重点|分享到|<script>|{{name}}".split("|"),
)
def test_parts_of_a_speech_and_labels_are_no_certain_speakers(label: str) -> None:
    found = read_speaker(label)
    assert found is None or not found.certain


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("China.org.cn | September 21, 2023", date(2023, 9, 21)),
        ("China.org.cnUpdated:  Sept. 5, 2023", date(2023, 9, 5)),
        ("21 September 2023", date(2023, 9, 21)),
        ("2023年09月21日", date(2023, 9, 21)),
        ("2023-09-21 10:00", date(2023, 9, 21)),
        ("2023.09.21", date(2023, 9, 21)),
        ("September 21st, 2023", date(2023, 9, 21)),
        ("1st September 2023", date(2023, 9, 1)),
        ("February 30, 2023", None),
        ("no date", None),
    ],
)
def test_dates_are_read_in_every_form_and_impossible_ones_are_none(
    line: str, day: date | None
) -> None:
    found = find_date(line)
    assert (found[0] if found else None) == day


def test_a_speaker_cannot_be_made_by_a_sentence_that_ends_in_a_colon() -> None:
    text = "Luo Jiayi:\n\nThe plan says:\n\nBuild. And we add the following:\n\nRest.\n"
    (turn,) = turns_of(text)
    assert turn.speaker == "Luo Jiayi"


def test_an_unlisted_single_word_before_a_statement_is_noted_and_not_believed() -> None:
    text = "Wan Shouren:\n\nTwo matters.\n\nIrrigation:\n\nIt costs little.\n"
    page = Page(1, "p.txt", "", 0, len(text))
    turns, notes = assemble_turns(text, [(page, parse_page(text))])
    assert [turn.speaker for turn in turns] == ["Wan Shouren"]
    assert any("Irrigation:" in note.text and note.line == 5 for note in notes)


def test_roles_follow_from_words_when_the_page_lists_nobody() -> None:
    text = (
        "Luo Jiayi:\n\nThe lady in the second row.\n\nSalt Daily:\n\nWhen?\n\n"
        "Wan Shouren:\n\nI will take the last question first. We open in May.\n\n"
        "Luo Jiayi:\n\nThe gentleman at the back.\n\nDorje Wangden:\n\nWhy? Thank you.\n\n"
        "Wan Shouren:\n\nWhy not? That is all.\n"
    )
    assert [turn.role for turn in turns_of(text)] == [
        "moderator",
        "reporter",
        "official",
        "moderator",
        "reporter",
        "official",
    ]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Press Secretary", "official"),
        ("Press Secretary Roe", "official"),
        ("Reuters", "reporter"),
        ("Beth Poe, Salt News", "reporter"),
        ("Beth Poe (The Guardian)", "reporter"),
        ("Beth Poe, Head of News", "official"),
        ("李丽（盐城日报）", "reporter"),
        ("李丽（天文台）", "official"),
    ],
)
def test_an_outlet_beside_a_name_reports_and_an_office_of_the_press_does_not(
    label: str, role: str
) -> None:
    told = "The bridge is late. You promised it for May."
    text = (
        f"Wan Shouren: We open in June.\n\n{label}: {told}\n\nWan Shouren: We did.\n\n"
        f"{label}: {told}\n\nWan Shouren: That is so.\n"
    )
    assert [turn.role for turn in turns_of(text)][1::2] == [role, role]


@pytest.mark.parametrize(
    ("later", "role"),
    [
        ("We opened nine wards, and we shall hire four hundred nurses. " * 8, "official"),
        ("Any other questions?", "moderator"),
    ],
)
def test_an_official_may_welcome_the_press(later: str, role: str) -> None:
    text = (
        "Wan Shouren:\n\nWelcome to this press conference. The hospital is open.\n\n"
        f"Salt Daily:\n\nHow large is it?\n\nWan Shouren:\n\n{later}\n\n"
        "Salt Daily:\n\nAnd the road?\n\nPei Suyin:\n\nIt is being paved.\n"
    )
    assert turns_of(text)[0].role == role


def test_whose_title_begins_with_the_moderator_moderates() -> None:
    text = (
        "主持人、新闻办主任 王芳：\n\n大家好。\n\n盐城日报：\n\n什么时候通车？\n\n"
        "陈涛：\n\n五月。\n"
    )
    assert [turn.role for turn in turns_of(text)] == ["moderator", "reporter", "official"]


def test_a_point_of_a_list_is_nobody_among_chinese_speakers() -> None:
    said = "谢谢。\n\n一、投资：增长三成。\n\n下一步：我们将发行国债。\n\n据统计：有四家。"
    text = f"陈涛：{said}\n\n盐城日报：还有吗？\n\n陈涛：没有。\n"
    assert [turn.speaker for turn in turns_of(text)] == ["陈涛", "盐城日报", "陈涛"]


@pytest.mark.parametrize(
    "title",
    [
        "2024年3月5日外交部发言人毛宁主持例行记者会",
        "Regular Press Conference on March 5, 2024",
        "Transcript: Mayor's Press Conference (5 March 2024)",
        "国务院新闻办公室就2023年国民经济运行情况举行新闻发布会实录（2024年3月5日）",
        "Foreign Ministry Spokesperson Mao Ning's Regular Press Conference on March 5, 2024",
        "March 5, 2024 - Press Briefing by Press Secretary Dana Whitcombe and Others",
    ],
)
def test_a_title_with_the_date_in_it_is_a_title(title: str) -> None:
    page = parse_page(f"{title}\n\nMao Ning: Good afternoon.\n\nReuters: Why?\n")
    assert (page.title, page.date, page.publisher) == (title, date(2024, 3, 5), "")


def test_a_date_within_a_title_is_what_the_event_is_about() -> None:
    title = "Press conference on the report of 1 July 1997 about the harbour and its ports"
    page = parse_page(f"{title}\n\nMao Ning: Good afternoon.\n\nReuters: Why?\n")
    assert (page.title, page.date) == (title, None)


@pytest.mark.parametrize(
    "people",
    [
        "Mr. Wan Shouren, head of roads\nMs. Pei Suyin, mayor of Salt",
        "Wan Shouren\nHead of roads\n\nPei Suyin\nMayor of Salt",
        "Mr. Wan Shouren, head of roads; Ms. Pei Suyin, mayor of Salt",
    ],
)
def test_titles_are_read_from_every_form_of_the_list_of_speakers(people: str) -> None:
    text = (
        f"A title\n\nSpeakers:\n\n{people}\n\nDate:\n\nJuly 1, 2019\n\n"
        "Wan Shouren:\n\nHello.\n\nPei Suyin:\n\nWelcome to this press conference.\n"
    )
    turns = turns_of(text)
    assert [turn.title.casefold() for turn in turns] == ["", "head of roads", "mayor of salt"]
    assert [turn.role for turn in turns] == ["narrator", "official", "official"]
    assert parse_page(text).date == date(2019, 7, 1)


def test_who_is_called_by_surname_has_the_part_in_which_the_page_lists_them() -> None:
    text = (
        "A title\n\nSPEAKERS:\nPei Olivier Gourdon, head of roads\nAnna Brooks, mayor of Salt\n\n"
        "MODERATOR:\nJose Luis de Haras, press officer\n\n* * *\n\n"
        "MR. DE HARAS: Good morning. Over to you.\n\nMR. GOURDON: It opens in May.\n\n"
        "MR. DE HARAS: We have a question from Cairo: how much is it?\n\nMS. BROOKS: Eight.\n\n"
        "MR. GOURDON: And nine in June.\n"
    )
    parts = {turn.speaker: (turn.role, turn.title) for turn in turns_of(text)[1:]}
    assert parts == {
        "MR. DE HARAS": ("moderator", "press officer"),
        "MR. GOURDON": ("official", "head of roads"),
        "MS. BROOKS": ("official", "mayor of Salt"),
    }


def test_a_credit_is_not_spoken() -> None:
    text = (
        "Wan Shouren:\n\nIt opens.\n\n[Photo by Fictional Lens/China SCIO]\n\n"
        "In May.[Photo by Fictional Lens/China SCIO]\n"
        "We hope to see you there.[Photo by Fictional Lens/China SCIO]\n"
    )
    (turn,) = turns_of(text)
    assert words_of(text, turn).startswith("It opens.\n")
    assert words_of(text, turn).endswith("We hope to see you there.")


def test_a_missing_page_ends_the_exchange() -> None:
    first = "Salt Daily:\n\nWhen? Thank you.\n"
    later = "Wan Shouren:\n\nThe road is long and dry.\n"
    text = first + "\n" + later
    pages = [
        (Page(2, "a", "", 0, len(first)), parse_page(first)),
        (Page(5, "b", "", len(first) + 1, len(text)), parse_page(later)),
    ]
    turns, _ = assemble_turns(text, pages)
    assert [turn.exchange for turn in turns] == [1, None]


def test_a_page_that_opens_with_a_whole_question_has_lost_an_outlet() -> None:
    first = "Luo Jiayi:\n\nNext question, please.\n"
    later = (
        "Will the road be paved? Thank you.\n\nWan Shouren:\n\nThank you for your question. Yes.\n"
    )
    text = first + "\n" + later
    pages = [
        (Page(2, "a", "", 0, len(first)), parse_page(first)),
        (Page(3, "b", "", len(first) + 1, len(text)), parse_page(later)),
    ]
    turns, _ = assemble_turns(text, pages)
    assert [turn.role for turn in turns] == ["moderator", "reporter", "official"]
    assert turns[2].exchange == 2


@pytest.mark.parametrize(
    "form",
    [
        "Luo Jiayi:\n\n{}\n\nCCTV:\n\n{}\n\nWan Shouren:\n\n{}\n",
        "Luo Jiayi: {}\n\nCCTV: {}\n\nWan Shouren: {}\n",
        "**Luo Jiayi:** {}\n\n**CCTV**: {}\n\n**Wan Shouren:** {}\n",
        "**Luo Jiayi:**\n{}\n\n__CCTV:__\n{}\n\n### Wan Shouren:\n{}\n",
        "Luo\u00a0Jiayi\u00a0:\u00a0\n{}\nReporter from Salt Daily：\n{}\nMr. Wan Shouren：\n{}\n",
        "Moderator: {}\n\nReporter from Salt Daily: {}\n\nMr. Wan Shouren: {}\n",
        "LUO JIAYI: {}\n\nREPORTER: {}\n\nWAN SHOUREN: {}\n",
        "Host:\n{}\nQuestion 1:\n{}\nAnswer 1:\n{}\n",
        "Host: {}\n\nQ1: {}\n\nA1: {}\n",
        "Host: {}\nReporter (in Cantonese): {}\nSecretary for Innovation, Roads and Salt: {}\n",
        "Luo Jiayi (host):\n{}\nThe reporter with CCTV:\n{}\nWan Shouren (mayor of Salt):\n{}\n",
        "Host: {}\nCCTV: {}\nWan Shouren, vice minister of salt, roads and wells: {}\n",
        "— Luo Jiayi:\n{}\nCCTV:\n{}\nWan Shouren, vice minister of salt:\n{}\n"
        "— Luo Jiayi:\nThat is all for today's briefing.\n",
        "罗嘉仪：{}\n\n新华社记者：{}\n\n盐务部副部长 万守仁：{}\n",
        "盐务新闻办新闻局局长、新闻发言人 罗嘉仪：{}\n\n盐报记者张三：{}\n\n万守仁：{}\n",
        "**罗嘉仪：**{}\n\n**新华社记者：**{}\n\n**万守仁：**{}\n",
        "[罗嘉仪]：{}\n\n[新华社记者] {}\n\n[万守仁]{}\n",
        "【主持人】{}\n\n【香港中通社记者】{}\n\n【万守仁】：{}\n",
        "羅嘉儀（主持人）：\n{}\n記者：\n{}\n發展局局長：\n{}\n",
        "主持人：{}\n提问：{}\n回答：{}\n",
    ],
)
def test_a_speaker_line_is_read_in_every_form_in_which_pages_print_it(form: str) -> None:
    said = ("Thank you. Next question, please.", "When will it open?", "It opens in May.")
    text = "A title\n\nSalt Gazette | July 1, 2019\n\n" + form.format(*said)
    turns = turns_of(text)[:3]
    assert [turn.role for turn in turns] == ["moderator", "reporter", "official"]
    assert tuple(words_of(text, turn) for turn in turns) == said


def test_the_office_in_a_speaker_line_is_the_title_of_the_speaker() -> None:
    text = (
        "CCTV:\n\nWhen?\n\nWan Shouren, vice minister of salt and of roads:\n\nIn May.\n\n"
        "CCTV:\n\nWhy?\n\nPei Suyin (mayor of Salt):\n\nThe road is dry then.\n"
    )
    titles = [(turn.speaker, turn.title) for turn in turns_of(text) if turn.role == "official"]
    assert titles == [
        ("Wan Shouren", "vice minister of salt and of roads"),
        ("Pei Suyin", "mayor of Salt"),
    ]


def test_a_heading_before_words_makes_no_speaker_of_itself() -> None:
    said = (
        "Thank you for your question. Two matters.\n\nSalt Road: it is being paved.\n\n"
        "- Pepper Road:\n\nit is not.\n\n成本：三亿元。\n\nIn short, the director of roads: him."
    )
    text = f"CCTV:\n\nWhen will it open?\n\nWan Shouren:\n\n{said}\n"
    turns = turns_of(text)
    assert [turn.speaker for turn in turns] == ["CCTV", "Wan Shouren"]
    assert words_of(text, turns[1]) == said


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("谢谢。车站最初打算用明挖方式，要牺牲130棵树。" * 6, "official"),
        ("谢谢。树一棵也不会砍。", "official"),
        ("请第二排的女士提问。", "moderator"),
        ("Thank you. Not one tree will be felled.", "official"),
        ("The gentleman over there.", "moderator"),
        ("Salt Daily.", "moderator"),
    ],
)
def test_a_colleague_who_adds_to_an_answer_does_not_moderate(answer: str, role: str) -> None:
    text = (
        "CCTV:\n\nWhat of the trees?\n\nWan Shouren:\n\nThank you for your question. My "
        f"colleague knows.\n\nGuo Peisheng:\n\n{answer}\n\nSalt Daily:\n\nAnd the road?\n"
    )
    assert turns_of(text)[2].role == role


@pytest.mark.parametrize(
    ("words", "speaker"),
    [
        ("谢谢。下面请陈兆明先生介绍情况。", "陈兆明"),
        ("谢谢。下面请陈局长介绍情况。", "陈兆明"),
        ("Thank you. Now we'll hear from Mr. Chan.", "Chan Siu-ming"),
        ("Thank you. Next, Ms. Olivia Fung, please.", "Olivia Fung"),
    ],
)
def test_who_only_gives_the_floor_to_the_next_speaker_moderates(words: str, speaker: str) -> None:
    statement = "大家上午好。今年有三件好消息要报告。" * 9
    text = f"罗建宁：\n\n{statement}\n\n谢兰芳：\n\n{words}\n\n{speaker}:\n\n{statement}\n"
    assert [turn.role for turn in turns_of(text)] == ["official", "moderator", "official"]


def test_a_press_release_of_hong_kong_is_read_from_its_first_line_to_its_last() -> None:
    text = (
        "Go to main content\n繁體版 | 简体版\nTranscript of remarks on salt (with video)\n*****\n\n"
        "     Following is the transcript of remarks by the Secretary for Salt, Mr Wan Shouren, "
        "at a media session today (April 4):\n\nReporter: Will it be safe?\n\n"
        "Secretary for Salt: It will.\n\n     Ends meet.\n\nReporter: Why?\n\n"
        "Secretary for Salt: It is dry.\n\n(Please also refer to the Chinese portion of the "
        "remarks.)\n\nEnds/Tuesday, April 4, 2023\nIssued at HKT 12:34\nNNNN\nAudio / Video\n"
        "The Secretary meets the media\nPrint this page\n"
    )
    turns = turns_of(text)
    assert parse_page(text).title == "Transcript of remarks on salt (with video)"
    assert parse_page(text).date == date(2023, 4, 4)
    assert [turn.role for turn in turns][1:] == ["reporter", "official"] * 2
    assert words_of(text, turns[2]) == "It will.\n\n     Ends meet."
    assert words_of(text, turns[4]) == "It is dry."


SAID = st.lists(
    st.text(alphabet="ab 漢字，Q;.\u00a0(", max_size=30).map(lambda words: f"w{words}x."),
    min_size=1,
    max_size=4,
)
SPEAKERS = st.sampled_from(["Luo Jiayi", "CCTV", "Ho Sze-wing", "People's Daily", "卞雨曦"])
FURNITURE = st.sampled_from(
    [
        "_ueditor_page_break_tag_",
        "<\u00a0 1\u00a0 2\u00a0 ...\u00a0 11\u00a0 >",
        "Share:",
        "Read in Chinese",
        "0 Comment(s)Print E-mail",
        "[Photo by Fictional Lens/China SCIO]",
        "Wan Shouren attends the press conference. [Photo by Fictional Lens/China SCIO]",
        "ㄑ\u00a0Press Room\u00a0 ㄑ\u00a0Transcripts",
    ]
)


@settings(deadline=None)
@given(
    turns=st.lists(st.tuples(SPEAKERS, SAID), min_size=1, max_size=6),
    furniture=st.lists(FURNITURE, min_size=24, max_size=24),
    gap=st.sampled_from(["\n", "\n\n", "\r\n\r\n"]),
    colon=st.sampled_from([":", "：", ":\u00a0", " : "]),
    glued_tag=st.booleans(),
)
def test_no_character_of_a_turn_is_lost_or_invented(
    turns: list[tuple[str, list[str]]],
    furniture: list[str],
    gap: str,
    colon: str,
    glued_tag: bool,
) -> None:
    lines = ["A title", "China.org.cn | July 1, 2019"]
    for speaker, said in turns:
        lines += [speaker + colon]
        for words in said:
            tag = "_ueditor_page_break_tag_" if glued_tag else ""
            lines += [words + tag, furniture[len(lines) % 24]]
    text = normalise_text(gap.join(lines))
    speeches = parse_page(text).speeches
    assert [speech.speaker for speech in speeches] == [speaker for speaker, _ in turns]
    for speech, (_, said) in zip(speeches, turns, strict=True):
        found = "".join(text[block.start : block.end] for block in speech.blocks)
        assert "".join(found.split()) == "".join("".join(said).split())


LINES = st.sampled_from(
    "CCTV:|Luo Jiayi:|陶文博：|Speakers:|Mr. A Bo, mayor|Why? Thank you.|||:|Date:|<|\u200b|：：|"
    "Next question, please.|[Photo by A/China SCIO]|Host: Hello.|_ueditor_page_break_tag_".split(
        "|"
    )
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.one_of(LINES, st.text(max_size=20)), max_size=14), min_size=1, max_size=3)
)
def test_any_pages_give_turns_whose_blocks_are_trimmed_ordered_and_within_their_page(
    pages: list[list[str]],
) -> None:
    texts = [normalise_text("\n".join(lines)) for lines in pages]
    placed, start = [], 0
    for number, text in enumerate(texts, start=1):
        placed.append((Page(number, "f", "", start, start + len(text)), parse_page(text)))
        start += len(text) + 1
    whole = "\n".join(texts)
    turns, notes = assemble_turns(whole, placed)
    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
    previous = Range(0, 0)
    for turn in turns:
        page = placed[turn.page - 1][0]
        assert turn.role == "reporter" or turn.exchange is None or turn.exchange < turn.number
        for block in turn.blocks:
            assert page.start <= block.start < block.end <= page.end
            assert previous.end <= block.start
            assert whole[block.start : block.end] == whole[block.start : block.end].strip()
            previous = block
    assert all(note.line >= 1 for note in notes)


@pytest.mark.parametrize(
    "unit", [" ", ":", "：", "<", "(", "[Photo by ", "\u00a0", "a ", "1 ", "ㄑ"]
)
def test_a_line_of_a_megabyte_is_parsed_in_seconds(unit: str) -> None:
    text = "Luo Jiayi:\n\n" + unit * (1_000_000 // len(unit)) + "\n\nCCTV:\n\nWhy?\n"
    began = time.process_time()
    turns = turns_of(text)
    assert time.process_time() - began < 10
    assert words_of(text, turns[-1]) == "Why?"


def test_five_thousand_speaker_lines_are_parsed_in_seconds() -> None:
    began = time.process_time()
    assert len(turns_of("CCTV:\nWhy?\nIrrigation:\nBecause.\n" * 2_500)) >= 5_000
    assert time.process_time() - began < 4
