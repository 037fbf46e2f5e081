"""Which lines name a speaker.

A line that ends in a colon may be a speaker, a label (``Date:``) or part of a speech ("I
would like to make three points:"). What decides is the shape of the words before the colon.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

HAN = re.compile(r"[㐀-鿿豈-﫿]")
_LONGEST_LABEL = 200  # characters: a name and an office of the longest form seen take 150
HONORIFIC = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof|Professor|Amb|Ambassador)\.?\s(?=\S\S)")
_PARTICLES = frozenset("""of and the for de la al el bin van von da di du & / - –""".split())

_LATIN_OUTLET = re.compile(
    r"\b(?:[a-z]*tv|daily|[a-z]*news|agency|times|post|radio|press|herald|media|journal|weekly|"
    r"monthly|broadcasting|today|channel|website|gazette|reporter|correspondent|question|q|xinhua|"
    r"cgtn|cnr|reuters|bloomberg|afp|ap|bbc|cnn|nhk|the paper|yicai|rthk)\b|\.(?:cn|com|hk)$",
    re.IGNORECASE,
)
_HAN_OUTLET = re.compile(
    r"(?:[报報社网網台臺]|新[闻聞]|[财財][经經]|[电電][视視]|周刊|[杂雜][志誌]|TV)$|[记記]者|^[问問]$"
)
_GENERIC_REPORTERS = frozenset(
    "reporter journalist question q 记者 記者 问 問 提问 提問 问题 問題".split()
)
GENERIC_MODERATORS = frozenset("moderator host chairperson 主持人 主持".split())
GENERIC_OFFICIALS = frozenset("answer a 答 回答".split())
_GENERIC = _GENERIC_REPORTERS | GENERIC_MODERATORS | GENERIC_OFFICIALS
_NUMBER_OR_NOTE = re.compile(
    r"(?:\s?[\d一二三四五六七八九十]{1,2}\.?)?(?:\s?[(（][^()（）]{1,40}[)）])?$"
)
_OFFICE = re.compile(
    r"\b(?:moderator|host|minister|secretary|director|mayor|governor|president|chair[a-z]*|"
    r"chief executive|head of|member of|commissioner|spokes[a-z]+|officer|professor)\b",
    re.IGNORECASE,
)
_OFFICE_ALONE = re.compile(
    r"(?:(?:the|acting|deputy|under|permanent|chief)\s){0,3}"
    r"(?:secretary|minister|director|commissioner|executive)\b",
    re.IGNORECASE,
)
_NAME_AND_OFFICE = re.compile(
    r"([^,，(（]{3,40}?)\s?(?:[,，]\s?([^,，()].*)|[(（]([^()（）]+)[)）])"
)
_BRACKETED = re.compile(r"[\[【]\s?([^\[\]【】:：]{1,40}?)\s?[\]】]\s?[:：]?\s?(.*)")
_NO_SPEAKERS = frozenset(
    """note notes first second third fourth fifth finally lastly next here our my this these
    three two four five share photo photos source editor background conclusion summary
    question questions answers appendix contents update updated ladies gentlemen in on at for
    by with from as to example examples tel email website address contact link speakers speaker
    attendees presenters chair chairman chairwoman date time venue place location""".split()
)
_HEADING_NOUNS = frozenset(
    """points measures goals targets tasks principles policy policies support development reform
    innovation cooperation areas aspects questions reasons steps results figures highlights
    priorities plan plans overview introduction remarks objectives""".split()
)
_HAN_LABELS = frozenset(
    "注 分享 分享到 来源 來源 编辑 編輯 责任编辑 图片 圖片 首先 其次 再次 最后 最後 此外".split()
    + "另外 时间 時間 地点 地點 日期 出席人 出席人员 出席人員 出席嘉宾 出席嘉賓".split()
    + "发布人 發布人 嘉宾 嘉賓 编者按 編者按".split()
)
_HAN_SPEECH = re.compile(
    r"[我你您他她它们們这這那的了是把被让讓几幾]|[以如]下|[点點说說]$|方面|[问問][题題]$|"
    r"第[一二三四五六七八九十]|[例比]如|包括|指出|表示|介[绍紹]$"
)
_HAN_ADDRESS = re.compile(r"^[各诸諸]位|[们們]$")  # ``各位记者朋友：`` is said to them
_HAN_OFFICE = re.compile(
    r"(?:[部局司厅廳省市区區书書院校行署处處事][长長]|主任|主席|[书書][记記]|[发發]言人|"
    r"[总總][经經]理|[总總]裁|院士|教授|官|主持人|[记記]者)$"
)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严金魏陶姜戚谢邹喻柏窦章苏潘葛奚范"
    "彭郎鲁韦马苗方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾"
    "孟黄穆萧尹姚邵湛汪祁毛禹狄米贝臧成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄江童"
    "颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫房裘缪解宗丁宣邓郁单杭洪包诸左石崔"
    "吉龚程嵇邢裴陆荣翁荀惠甄曲封芮储靳糜段巫乌焦巴牧隗谷车侯宓全郗班仲伊宫宁仇栾甘厉戎祖武"
    "符刘景詹龙叶幸司韶郜黎蓟薄印宿白怀蒲邰鄂索赖卓蔺屠蒙池乔阴胥双莘党翟谭贡劳姬申扶冉宰郦"
    "雍桑桂濮牛寿边扈燕冀浦尚农温庄晏柴瞿阎慕连茹习艾容向古易慎戈廖庾暨居衡步耿满匡寇阙欧沃"
    "蔚聂敖冷辛阚那简饶曾沙鞠丰巢关蒯查荆游竺桓邝佟覃肖闫付代涂冼谌粟晋官原敬苟盖逯仉雒麦区"
    "岳丛甯初矫隋商牟佘伯赏墨哈年阳趙錢孫吳鄭馮陳衛蔣韓楊許呂張嚴謝鄒竇蘇範魯韋馬鮑費賀湯羅"
    "畢鄔樂於時齊餘顧黃蕭貝談龐紀項藍閔強賈婁顏鍾駱萬盧繆鄧鬱單諸龔陸榮儲烏車宮寧欒厲劉龍葉"
    "薊懷賴藺喬陰雙黨譚貢勞酈壽邊農溫莊閻連習滿闕歐聶闞簡饒豐關荊遊鄺閆塗諶晉蓋麥區嶽叢矯賞"
    "陽"
)
_HAN_NAME = re.compile(
    rf"(?:欧阳|歐陽|司徒|上官|诸葛|諸葛|司马|司馬)\S{{1,2}}|[{_SURNAMES}]\S{{1,2}}"
)
_HAN_LONG_NAME = re.compile(r"[^\s、]{2,8}[·•][^\s、]{1,12}")
# Everyday words and places that begin like a surname.
_HAN_WORDS = frozenset(
    "金融 方法 方向 任务 任務 成果 成效 项目 項目 应用 管理 包括 安全 江苏 江蘇 江西 安徽".split()
    + "石油 高科技 经济 文化 文旅 金额 石化 向导 路径 路徑 成绩 成績 解释 常见 单位 單位".split()
    + "阳光 万元 高校 高铁 华为 曲线 白酒 柔性 贺电 万科 麦克风 车企 车辆 车型".split()
    + "原因 原则 原則 成本 方式 方案 关键 關鍵 费用 費用 容量 单价 安排 应对 党建 农业 農業".split()
    + "成都 苏州 杭州 徐州 温州 常州 江门 江門 罗湖 羅湖 龙华 龙岗 元朗 沙田 黄埔 金山 余杭".split()
)


class Label(NamedTuple):
    """A speaker line: the name, the title given with it, and whether its shape suffices.

    One that is not ``certain`` needs more: a name met elsewhere, twice, or before a question.
    """

    speaker: str
    title: str = ""
    certain: bool = True


def split_label(shown: str) -> tuple[str, str] | None:
    """The words before a line's first colon and those after it, or None without a colon.

    ``[Name]`` and ``【Name】`` are labels with and without a colon after them.
    """
    if bracketed := _BRACKETED.fullmatch(shown):
        return bracketed[1], bracketed[2]
    places = [place for place in (shown.find(":"), shown.find("：")) if place >= 0]
    if not places or min(places) > _LONGEST_LABEL:
        return None
    return shown[: min(places)].strip(), shown[min(places) + 1 :].strip()


def read_speaker(label: str) -> Label | None:
    """The speaker that the words before a colon name when they have a line to themselves."""
    if is_generic(label):
        return Label(label)
    if not label or label.casefold() in _NO_SPEAKERS:
        return None
    if HAN.search(label):
        return _read_han(label)
    titled = _NAME_AND_OFFICE.fullmatch(label)
    office = titled and (titled[2] or titled[3])
    if titled and office and _OFFICE.search(office) and not is_outlet(titled[1]):
        named = _read_latin(titled[1])
        return named._replace(title=office) if named and named.certain else None
    return _read_latin(label) if len(label) <= 80 else None


def read_glued_speaker(label: str, known: Collection[str]) -> Label | None:
    """The speaker of ``Name: words`` on one line, held to stricter rules than a line alone.

    ``known`` holds the speakers met elsewhere in the transcript, as :func:`name_key` gives
    them. An unknown one must be an outlet, or a Chinese name of at most 20 characters.
    """
    found = read_speaker(label)
    if found is None:
        return None
    if is_generic(label) or name_key(found.speaker) in known:
        return found._replace(certain=True)
    short_han = HAN.search(label) is not None and (len(label) <= 20 or found.title != "")
    return found if found.certain and (short_han or is_outlet(label)) else None


def name_key(name: str) -> str:
    """What two spellings of one name share: case and honorific, nothing that is guessed."""
    return HONORIFIC.sub("", name.title() if name.isupper() else name).casefold()


def generic_part(label: str) -> str:
    """The part in the event that a label names in place of a person, or "".

    In lower case, without a number and a note in brackets: ``q`` for ``Q3``, ``reporter`` for
    ``Reporter (in Cantonese)``.
    """
    part = _NUMBER_OR_NOTE.sub("", label, count=1).casefold()
    if part in _GENERIC or not HAN.search(part):
        return part if part in _GENERIC else ""
    halves = re.split(r"\s?[/／|]\s?|\s(?=[a-z]+$)", part)  # ``记者 Reporter``
    return halves[0] if len(halves) == 2 and _GENERIC.issuperset(halves) else ""


def is_generic(label: str) -> bool:
    """Whether a label names a part in the event and not a person (``Moderator``, ``记者``)."""
    return generic_part(label) != ""


def heads_no_speech(words: str) -> bool:
    """Whether a word before a colon is known to head a note or a list and to name nobody."""
    return words.casefold() in _NO_SPEAKERS or words in _HAN_LABELS or words in _HAN_WORDS


def says_something(words: str) -> bool:
    """Whether Chinese words before a colon are part of a sentence and no name."""
    return heads_no_speech(words) or any(f.search(words) for f in (_HAN_SPEECH, _HAN_ADDRESS))


def is_latin_name(words: str) -> bool:
    """Whether every word of a label could stand in a name: capitals, particles, numbers."""
    return all(map(_is_name_word, words.split()))


def is_title_of_office(label: Label) -> bool:
    """Whether a label names an office, alone or beside the name, or an outlet."""
    named = label.speaker
    office = is_office(named) or (HAN.search(named) and _HAN_OFFICE.search(named))
    return bool(office) or is_reporter(label) or _OFFICE.search(label.title) is not None


def is_office(name: str) -> bool:
    """Whether a speaker is named by office alone (``Secretary for Development``)."""
    return _OFFICE_ALONE.match(name) is not None


def is_reporter(label: Label) -> bool:
    """Whether a speaker line names a reporter or the outlet of one."""
    if part := generic_part(label.speaker):
        return part in _GENERIC_REPORTERS
    return is_outlet(label.speaker) or label.title.endswith(("记者", "記者"))


def is_outlet(name: str) -> bool:
    """Whether a speaker's name is that of a news outlet or says that they report for one."""
    if HAN.search(name):
        return _HAN_OUTLET.search(name) is not None
    return _LATIN_OUTLET.search(name) is not None


def _read_latin(label: str) -> Label | None:
    name = HONORIFIC.sub("", label, count=1)
    words = name.split()
    outlet = is_outlet(label)
    marks = r"[;?!\"“”<>=\[\]{}]" if is_office(name) else r"[,;?!\"“”<>=\[\]{}]"
    if not words or len(words) > 9 or re.search(marks, name):
        return None
    if not all(map(_is_name_word, words)) or not re.match(r"[^\W_]", name):
        return None
    if outlet:
        return Label(name)
    first, last = words[0].casefold(), words[-1].casefold()
    if name.isdigit() or first in _PARTICLES - {"the"}:
        return None
    heading = first in _NO_SPEAKERS or (last in _HEADING_NOUNS and not is_office(name))
    alone = len(words) == 1 and name == label and not (name.isupper() and len(name) <= 8)
    return Label(name, "", certain=not heading and not alone)


def _is_name_word(word: str) -> bool:
    plain = word.lstrip("('‘’-")
    return (
        word.casefold() in _PARTICLES
        or plain[:1].isupper()
        or (plain[1:2] in ("'", "’") and plain[2:3].isupper())  # d'Entremont
        or (plain[:1].isdigit() and len(plain) <= 5)
        or ("." in plain[1:-1] and is_outlet(plain))  # thepaper.cn
    )


def _read_han(label: str) -> Label | None:
    if len(label) > 60 or label in _HAN_LABELS or re.search(r"[,，。;；?？!！“”\"<>]", label):
        return None
    name, title = _split_title(label)
    if not title and len(label) <= 20 and is_outlet(label):
        return None if _HAN_ADDRESS.search(label) else Label(label)
    if label[1:2] == "位" and _HAN_ADDRESS.search(label):
        return None
    if _HAN_SPEECH.search(name) or name in _HAN_WORDS:
        return None
    office = len(label) <= 20 and _HAN_OFFICE.search(label)
    if title or office or _HAN_NAME.fullmatch(name) or _HAN_LONG_NAME.fullmatch(name):
        return Label(name, title)
    return Label(label, "", certain=False) if 2 <= len(label) <= 4 else None


def _split_title(label: str) -> tuple[str, str]:
    """Name and title of ``国务院新闻办公室新闻局副局长、新闻发言人 邢慧娜``; title "" if unsure."""
    if _HAN_OUTLET.search(label) and not re.search(r"[记記]者\s?\S{2,4}$", label):
        return label, ""
    head, separator, tail = label.rpartition(" " if " " in label else "、")
    named = _HAN_NAME.fullmatch(tail) or (_HAN_OFFICE.search(head) and 2 <= len(tail) <= 4)
    headed = separator and any(map(str.isalpha, head))  # "2. 周末" is a point of a list
    if headed and named and not _HAN_OFFICE.search(tail):
        return tail, head.strip("、 ")
    for length in (3, 2, 4):
        head, tail = label[:-length], label[-length:]
        if _HAN_OFFICE.search(head) and _HAN_NAME.fullmatch(tail):
            return tail, head
    return label, ""
