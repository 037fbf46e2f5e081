"""The words that stand around what was asked and answered, in each language of the interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rag.text.days import day
from rag.types import Language, Support


@dataclass(frozen=True, slots=True)
class Words:
    """A frame in one language; what stands in braces is filled in."""

    question: str
    numbered_question: str
    read_as: str
    only_from: str
    uncertain: str
    not_answered: str
    nearest: str
    more: str
    instead: str
    sources: str
    last_changed: str
    page: str
    turn: str
    characters: str
    also: str
    time: str
    translation: str
    written_by: str
    since: str
    until: str
    no_date: str
    support: Mapping[Support, str]
    labelled: str = "{}：{}"
    in_brackets: str = "{}（{}）"
    comma: str = "，"
    stop: str = "。"


WORDS: Mapping[Language, Words] = {
    "en": Words(
        question="Question",
        numbered_question="Question {}",
        read_as="Read as",
        only_from="Only from",
        uncertain="It is uncertain whether this answers. The nearest that was said:",
        not_answered="This was not answered.",
        nearest="Nearest passages (not an answer)",
        more="More from the transcripts",
        instead="You could ask",
        sources="Sources",
        last_changed="Last changed",
        page="page {}",
        turn="turn {}",
        characters="Characters {}-{} of {}",
        also="The same words also stand in",
        time="Time",
        translation="Machine translation",
        written_by="Written by {}, each sentence checked against its sources",
        since="from {} on",
        until="up to {}",
        no_date="date not given",
        support={
            "supported": "",
            "partial": "Partly supported by its source",
            "unsupported": "Not supported by a source",
        },
        labelled="{}: {}",
        in_brackets="{} ({})",
        comma=", ",
        stop=". ",
    ),
    "zh-Hans": Words(
        question="问题",
        numbered_question="问题 {}",
        read_as="理解为",
        only_from="仅限",
        uncertain="不确定这是否回答了问题。最接近的发言是：",
        not_answered="这个问题没有得到回答。",
        nearest="最接近的段落（不是回答）",
        more="实录中的其他相关内容",
        instead="您可以问",
        sources="来源",
        last_changed="最后更改",
        page="第 {} 页",
        turn="第 {} 段",
        characters="{2} 第 {0}-{1} 字符",
        also="同样的话亦见于",
        time="时间",
        translation="机器翻译",
        written_by="由 {} 撰写，每句话都已与来源核对",
        since="{} 起",
        until="截至 {}",
        no_date="日期不详",
        support={
            "supported": "", "partial": "来源仅部分支持", "unsupported": "没有来源支持",
        },
    ),
    "zh-Hant": Words(
        question="問題",
        numbered_question="問題 {}",
        read_as="理解為",
        only_from="僅限",
        uncertain="不確定這是否回答了問題。最接近的發言是：",
        not_answered="這個問題沒有得到回答。",
        nearest="最接近的段落（不是回答）",
        more="實錄中的其他相關內容",
        instead="您可以問",
        sources="來源",
        last_changed="最後更改",
        page="第 {} 頁",
        turn="第 {} 段",
        characters="{2} 第 {0}-{1} 字元",
        also="同樣的話亦見於",
        time="時間",
        translation="機器翻譯",
        written_by="由 {} 撰寫，每句話都已與來源核對",
        since="{} 起",
        until="截至 {}",
        no_date="日期不詳",
        support={
            "supported": "", "partial": "來源僅部分支持", "unsupported": "沒有來源支持",
        },
    ),
}  # fmt: skip


def minute(moment: datetime, language: Language) -> str:
    """A moment to the minute, in this machine's time zone, which is named."""
    local = moment.astimezone()
    zone = f"{local:%z}"
    return f"{day(local.date(), language)} {local:%H:%M} (UTC{zone[:3]}:{zone[3:5]})"
