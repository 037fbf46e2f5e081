"""What stands on a page around the words: breadcrumbs, pagination, credits, links.

Every pattern is bounded in length or looks at single characters, so that no line of a
stranger's file can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.text.days import MONTHS
from rag.text.sentences import split_sentences
from rag.types import Range

PAGE_BREAK = "_ueditor_page_break_tag_"
COLONS = {
    0xFE30: "：",
    0xFE55: "：",
    0x2236: "：",
    0xFE13: "：",
}  # other forms of a full-width colon
LONGEST_FURNITURE = 400  # characters; a longer line is words, whatever it begins with

MONTHS_SHORT = tuple(name[:3].lower() for name in MONTHS)
_DAY = rf"""(?:\d{{4}} \s? [年/-] \s? \d{{1,2}} \s? [月/-] \s? \d{{1,2}} \s? 日?
    | (?:\d{{1,2}} \s)? (?:{"|".join(MONTHS_SHORT)}) [a-z]{{0,6}} \.? \s
      (?:\d{{1,2}} ,? \s)? \d{{4}})"""
_WEEKDAY = r"(?: [a-z]{3,6}day ,? \s? | [（(] [星期周一二三四五六日]{2,3} [）)] )"
_CLOCK = r"""(?:(?:hkt \s)? \d{1,2} : \d{2} (?: : \d{2})? (?:\s? (?:hkt | [ap]\.?m\.?))?
    | (?:香港(?:時間|时间))? \s? \d{1,2} \s? [時时] \s? \d{1,2} \s? 分)"""
_STAMP = re.compile(
    rf"""[(（]? (?:完|ends?) [)）]? (?: \s? [/／] \s? {_WEEKDAY}? {_DAY} {_WEEKDAY}?)?
    | {_WEEKDAY} {_DAY} | {_DAY} \s? {_WEEKDAY} | {_DAY} \s {_CLOCK} | \d{{1,2}} (?: : \d{{2}}){{2}}
    | (?: issued \s at | 香港(?:時間|时间)
        | (?:last \s)? (?:updated|modified|posted|published|reviewed) (?:\s on|\s at)?
        | (?:[发發][布佈]|更新|最[后後]更新) (?:[时時][间間]|日期) ) \s? [:：]?
      \s? (?:{_DAY} ,? \s?)? {_CLOCK}? (?: \s? (?:source|来源|來源) \s? [:：] .{{1,40}})?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WHOLE_LINE = re.compile(
    r"""  # where the page stands
    ㄑ .*
    | home \s? (?: \s [-–] \s | [>»›|/] ) .*        | [首主][页頁] \s? [-–>»›|/] .*
    | (?:[您你]?的?[当當所现現][前在]的?|[您你])的?位置 .*
    | [^\W\d] [^.?!。？！<>»›]{0,60}
      (?: \s? [>»›] \s? [^\s.?!。？！<>»›] [^.?!。？！<>»›]{0,80} ){1,6}
    | page \s? \d{1,3} (?:\s? (?:of|/) \s? \d{1,3})?
    | - \s? \d{1,3} \s? -                            | \d{1,3} \s? / \s? \d{1,3}
    | 第 \s? \d{1,3} \s? [页頁] [\s/，,]{0,3} (?:共 \s? \d{1,3} \s? [页頁])?
    | [上下]一篇 \s? [:：] .* | [-–—=*＊~_\#\s]+
      # what is done with it
    | share (?:\s to)? \s? [:：] [^.?!]{0,60}        | (?:分享|分享到|分享至) \s? [:：] .{0,60}
    | share \s (?:this|on|to) [^.?!]{0,40}           | (?:font|text) \s size [^.?!]{0,30}
    | read \s in \s (?:chinese|english)              | (?:go \s to \s forum \s? >>)? \s?
      \d{1,6} \s? comment \s? (?:s|\(s\))? \s? (?:print)? [\s|]{0,3} (?:e-?mail)? .{0,40}
    | comments? \s? \(\d{0,6}\)                      | add \s your \s comments .{0,80}
    | print [\s|]{0,3} e-?mail .{0,40}
    | follow \s (?:us|(?:china \s)? scio|china\s?daily|xinhua) \b [^.?!]{0,60}
    | scan \s (?:the|this|our) \s (?:qr|wechat) [^.?!]{0,60}
    | (?:使?用|打[开開])? (?:微信|手[机機])? [扫掃]
      (?:一[扫掃]|描?二[维維][码碼]|[码碼](?:[阅閱][读讀]|[关關]注|分享|查看)) [^。.？！]{0,30}
    | [关關]注 (?:我[们們]|.{0,12}(?:公[众眾][号號]|微博)) [^。.？！]{0,20}
    | (?:浏览|瀏覽|点击|點擊|阅读|閱讀|访问|訪問) [次数數量]{1,2} \s? [:：]? \s? \d{1,9} \s? 次?
    | views? \s? : \s? [\d,]{1,9}
      # who made it
    | (?:copyright \s? (?:©|\(c\)|\d{4}) | © | 版权所有 | 版權所有 | all \s rights \s reserved
      | .?icp[备備证證] | .?公[网網]安[备備] | [网網]站[标標][识識][码碼]
      | follow \s china\.org\.cn) .*
    | copyright \s (?:the|of|by|all) \s [^.?!]{0,120}
    | (?:sponsored|produced|powered) \s by \s [^.?!]{1,100}
    | (?:[主承][办辦]|技术支持) (?:[单單]位)? \s? [:：] [^。？！]{0,60}
    | [(（\[【]? \s? (?:
        (?:(?:web|responsible|executive|copy|photo) \s)? editors? | source | author
        | (?:[责責]任)? [编編][辑輯] | [责責][编編] | 作者 | 校[对對] | [审審]核 | [初复终終][审審]
        | (?:文章|信息|稿件|新[闻聞])? [来來]源 | 稿源 | [监監]制
        | [记記]者 \s? [:：] .{1,20} (?:[编編][辑輯]|[责責][编編]|[摄攝]影)
      ) \s? [:：] [^。？！]{0,80}
    | (?:tags? | key \s? words? | [关關][键鍵][词詞] | [标標][签籤]) \s? [:：] [^。.?？!！]{0,100}
    | translated \s (?:and \s edited \s)? by \s [^.]{1,160} (?:\. | \.? \s in \s case \s of \s .*)?
    | in \s case \s of \s any \s [a-z]{1,20} \s .{0,80} \b(?:texts?|versions?)\b
      .{0,80} prevails?\.?
    | [(（] please \s (?:also \s)? refer \s to \s the \s (?:chinese|english) .{0,60}
    | [(（] [请請]同[时時][参參][阅閱] .{0,40}
    | [(（] .{0,20} 根[据據] .{0,8} (?:速[记記]|[实實][录錄]|[录錄]音) .{0,40}
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What there is to press: a line of nothing else is furniture.
_CONTROLS = re.compile(
    r"""\b(?: home | search | menu | audio | video | photos? | listen | close | large | medium
        | small | (?:print|e-?mail|share)(?:\s this(?:\s (?:page|article))?)? | download(?:\s pdf)?
        | facebook | twitter | linked-?in | whatsapp | we-?chat | weibo | instagram | youtube | qq
        | read \s more | full \s text | english | follow \s us | previous | prev | next | page
        | back \s to \s (?:top|home|index\s page|list) | contact \s us | about \s us | site \s? map
        | privacy \s policy | disclaimers? | (?:skip|go) \s to \s (?:main \s)? content )\b
    | (?:我要)?[纠糾][错錯] | [列打]印(?:[本此][页頁])? | [关關][闭閉](?:窗口|本[页頁]|[视視]窗)?
    | 字[号號体體](?:大小)? | 大\W{0,4}中\W{0,4}小 | \ba[-+]?(?:\sa[-+]?){1,3} | 收藏(?:本[页頁])?
    | 分享[到至]?(?:本[页頁])? | 微信 | (?:新浪)?微博 | (?:qq)?空[间間] | 朋友圈 | 附件 | 下[载載]
    | (?:返回|回到)?(?:[顶頂]部|[页頁]首|列表) | (?:返回)?[首主上下尾]一?[页頁]
    | 搜[索尋] | 菜[单單] | [导導]航 | 展[开開]全文 | 点击(?:查看|加载)更多 | 听全文
    | 跳[到至]主要[内內]容 | 无障碍(?:浏览|阅读)? | [关關][于於]我[们們] | [联聯][系絡]我[们們]
    | [网網]站地[图圖] | [隐隱]私(?:政策|声明) | 免责声明 | 文字[实實][录錄] | [图圖]片直播
    | (?:[简簡繁][体體]|英文)(?:中文|版)? | 中文版?""",
    re.IGNORECASE | re.VERBOSE,
)
_BETWEEN_CONTROLS = frozenset(" |/·•,、:：[]【】()（）<>«»‹›…")
_PAGING_CHARACTERS = frozenset("<>«»‹›0123456789.… |[]")
_TAIL = re.compile(
    r"""(?:related|latest|more|recommended|hot|most \s (?:viewed|read|popular)) \s
      (?:stories|story|news|articles?|links?|reading|topics?|coverage) \s? :?
    | (?:相[关關]|延伸|推[荐薦]|[热熱][点點]|最新)
      (?:[阅閱][读讀]|新[闻聞]|[链鏈][接結]|[报報][道導]|稿件|文章) \s? [:：]?
    | nnnn""",  # the mark behind a press release of Hong Kong
    re.IGNORECASE | re.VERBOSE,
)
_CREDIT = re.compile(
    r"""[\[(（【] \s? (?: (?:photos?|images?|pictures?) \s?
          (?:[:：/] | \b(?:by|courtesy|credit|provided|source|from|taken)\b)
        | (?:[图圖](?:片[来來]?源?|源)? | [摄攝]影者?) \s? [:：/] | [图圖]片[来來]源 | file \s photo
        | (?:xinhua|cns|ap|afp|reuters) / ) [^\])）】\n]{0,120} [\])）】]
    | [（(] [^()（）\n]{1,30} [摄攝] [）)]""",
    re.IGNORECASE | re.VERBOSE,
)
_BARE_CREDIT = re.compile(
    r"""photos? \s? (?:by\b|[:/]) [^.?!]{1,60} | [图圖][为為] [^。]{2,100} 。?
    | (?: [^。，,]{0,20} (?:[记記]者|社|[网網]) \s? )? [\u3400-\u9fff]{2,4} \s [摄攝]""",
    re.IGNORECASE | re.VERBOSE,
)
_FIRST_PERSON = re.compile(r"\b(?:[Ww]e|[Oo]ur|us|I|[Mm]y|[Yy]our?)\b|[我咱您你]")
_CAPTION = re.compile(
    r"\b(?:attends?|speaks?|answers?|takes?|chairs?|presides?|hosts?|holds?|held|introduces?|"
    r"briefs?|raises?|asks?|addresses|delivers?|shows?|poses?)\b.{0,300}"
    r"\b(?:conference|briefing|questions?|picture|photo)\b|出席|主持|回答|提问|提問|现场|現場"
)


_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_EDGE_TAGS = re.compile(r"\s*(?:</?[a-zA-Z][^<>]{0,200}>\s*)+")


class Line(NamedTuple):
    """A line of a page: 1-based number, offsets into the page, text with single spaces."""

    number: int
    start: int
    end: int
    text: str


def read_lines(text: str) -> list[Line]:
    """The lines of a page. In ``Line.text`` no-break and zero-width spaces count as spaces, the
    marks that make a whole line bold or a heading (``**``, ``__``, ``#``) as nothing, and every
    form of a full-width colon as one."""
    lines, position = [], 0
    for number, raw in enumerate(text.split("\n"), start=1):
        bare = _TAG.sub(" ", raw) if "<" in raw else raw
        shown = " ".join(bare.replace("\u200b", " ").replace("\ufeff", " ").split())
        shown = shown.lstrip("#").replace("**", "").replace("__", "").strip().translate(COLONS)
        lines.append(Line(number, position, position + len(raw), shown))
        position += len(raw) + 1
    return lines


def is_furniture(shown: str) -> bool:
    """Whether a whole line, with single spaces, stands around the words and is none of them."""
    if len(shown) > LONGEST_FURNITURE:
        return False
    if any(form.fullmatch(shown) for form in (_WHOLE_LINE, _STAMP, _TAIL, _BARE_CREDIT)):
        return True
    rest = _CONTROLS.sub("", shown)
    if rest != shown and _BETWEEN_CONTROLS.issuperset(rest):
        return True
    characters = set(rest)
    return (
        characters <= _PAGING_CHARACTERS
        and any(map(str.isdigit, characters))
        and (bool(characters & set("<>«»‹›")) or rest.strip().startswith("1 2"))
    )


def is_stamp(shown: str) -> bool:
    """Whether a line only says when a page was issued, as ``Ends/Tuesday, June 4, 2024``."""
    return len(shown) <= LONGEST_FURNITURE and _STAMP.fullmatch(shown) is not None


def tail_of_links(lines: Sequence[Line]) -> int:
    """How many of a page's last lines are ``Related stories`` and titles, with no sentence."""
    for index in range(len(lines) - 1, -1, -1):
        shown = lines[index].text
        if _TAIL.fullmatch(shown):
            return len(lines) - index
        if len(shown) > 150 or (shown.endswith(tuple(".。!！?？")) and not is_furniture(shown)):
            break
    return 0


def spoken_parts(text: str, line: Line) -> list[Range]:
    """The stretches of a line that are words of the page, none when it is all furniture.

    A photo credit takes its caption with it: the sentence before it that speaks of people in
    the third person. A credit glued to somebody's words takes nothing but itself.
    """
    if not line.text or is_furniture(line.text):
        return []
    cuts = [
        Range(_caption_start(text, line, credit.start()), credit.end())
        for credit in _CREDIT.finditer(text, line.start, line.end)
    ]
    cuts += _edge_tags(text, line)
    tag = text.find(PAGE_BREAK, line.start, line.end)
    while tag >= 0:
        cuts.append(Range(tag, tag + len(PAGE_BREAK)))
        tag = text.find(PAGE_BREAK, tag + len(PAGE_BREAK), line.end)
    parts, position = [], line.start
    for cut in [*sorted(cuts), Range(line.end, line.end)]:
        if text[position : cut.start].strip(" \t\u00a0\u3000\u200b\ufeff"):
            parts.append(Range(position, cut.start))
        position = max(position, cut.end)
    return parts


def _edge_tags(text: str, line: Line) -> list[Range]:
    """The HTML tags that a line begins with and ends in."""
    cuts: list[Range] = []
    if found := _EDGE_TAGS.match(text, line.start, line.end):
        cuts.append(Range(*found.span()))
    end = len(text[line.start : line.end].rstrip()) + line.start
    while end > line.start and text[end - 1] == ">":
        opened = text.rfind("<", max(line.start, end - 200), end)
        if opened < 0 or not _TAG.fullmatch(text, opened, end):
            break
        cuts.append(Range(opened, end))
        end = len(text[line.start : opened].rstrip()) + line.start
    return cuts


def is_loose_caption(line: Line, following: Line) -> bool:
    """Whether a line is the caption of a photo whose credit is the next line of the page."""
    credit = _CREDIT.match(following.text)
    return (
        credit is not None
        and credit.end() == len(following.text)
        and len(line.text) <= LONGEST_FURNITURE
        and len(split_sentences(line.text, 0, len(line.text))) == 1
        and _CAPTION.search(line.text) is not None
        and not _FIRST_PERSON.search(line.text)
    )


def _caption_start(text: str, line: Line, credit_start: int) -> int:
    before = text[max(line.start, credit_start - LONGEST_FURNITURE) : credit_start]
    sentences = split_sentences(before, 0, len(before))
    if not sentences:
        return credit_start
    last = before[sentences[-1].start : sentences[-1].end]
    alone = len(sentences) == 1 and credit_start - line.start <= LONGEST_FURNITURE
    if _FIRST_PERSON.search(last) or not (alone or _CAPTION.search(last)):
        return credit_start
    return credit_start - len(before) + sentences[-1].start
