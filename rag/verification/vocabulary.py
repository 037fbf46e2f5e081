"""Words that the rules know: what says nothing, what has another form, terms of the briefings."""

from __future__ import annotations

import re

from rag.text.language import STOP_WORDS
from rag.verification.thesaurus import stem_of

# What a report adds of its own accord, in any language.
LIGHT = STOP_WORDS | frozenset(
    """according well including include such among both each other another one way so that while
    whose while thus therefore furthermore moreover particularly especially above amount put part
    around roughly approximately nearly about some set go going go keep take place
    mr mrs ms dr hon chair no not never none nor cannot without become come make aim name call
    contain stand lie regard concern through under across line few only field area kind type
    aspect matter people person enjoy boast ask government before after largest biggest
    because once within several between against due ahead behind receive get obtain goe
    since far currently presently already himself herself itself themselves myself ourselves every
    everyone everybody everything eventually finally previous previously recently still yet again
    rather instead together overall altogether totally almost just merely simply really quite
    anyone anybody anything nobody nothing nowhere someone somebody something unless whether
    although though despite however meanwhile respectively mainly mostly chiefly largely generally
    usually currently initially later soon then thereby hence upon onto along beyond outside
    various certain own whole entire lot number total mean need want see now""".split()
)
BASE_FORMS = dict(
    pair.split("-")
    for pair in """became-become came-come gave-give given-give grew-grow grown-grow kept-keep
    took-take taken-take made-make rose-rise risen-rise fell-fall fallen-fall found-find held-hold
    led-lead began-begin begun-begin built-build bought-buy brought-bring spent-spend wrote-write
    written-write sent-send lost-lose won-win met-meet went-go gone-go saw-see seen-see knew-know
    known-know chose-choose chosen-choose drew-draw drawn-draw""".split()
)
LIGHT_CHINESE = frozenset(
    """表示 指出 认为 强调 介绍 透露 提到 称 根据 按照 进行 以及 同时 其中 目前 现在 一个 对于
    关于 为了 因为 因此 由于 以便 从而 并且 但是 不过 虽然 方面 通过 此举 这项 有关 相关 已经
    即将 还 亦 也 没有 不会 并非 尚未 无法 不再 如果 及其 之间 其他 等等 当中 之一 能够
    可以 所 使得 需要 得以 或者 的话 之后 之前 以上 以下 左右 大约 包括 港深 深港 仅次于
    如何 各类 共有 具有 拥有 享有 政府 最大 未来 获得 许多 尤其是 位于 在于 列为
    事项 致力 他们 她们 它们 这个 那个 这些 那些 这样 那样 可能 通常 不可 任何 已知 组成
    形成 一些 一种 用来 相互 互相 进一步 截至 正在 至于 而言 所有 本身 必须 属于 来自 带来
    处于 之中 自己 后来 当时 如今 仍然 仍 共 总共 一共 约 最多 只有 只需 全部 全市 预计 给予 采取
    看法 从事 地方 当局 除非 否则 成为 名称 得到 加以 予以 作出 做出 双方 各方""".split()
)


# Terms of these briefings that the dictionary lacks or translates otherwise.
TERMS = {
    chinese: tuple(tuple(map(stem_of, way.split())) for way in ways.split(","))
    for chinese, ways in {
        "内地": "mainland", "创科": "innovation technology,i&t",
        "科创": "innovation technology,i&t",
        "中试": "intermediate test,pilot test", "生物医药": "biomedicine", "数码": "digital",
        "知识产权": "intellectual property", "科研": "research,science,r&d",
        "人工智能": "artificial intelligence,ai", "特区": "sar,special administrative region",
        "科技": "technology,i&t", "季度": "quarter",
    }.items()
}  # fmt: skip
CUT = re.compile(f"({'|'.join(TERMS)}|[和与及或])")
# What many names end in tells nothing of whose they are.
GENERIC = frozenset(
    map(stem_of, """ministry university party city province government county state bank river sea
    ocean mountain lake strait island channel canal saint expo""".split())
)  # fmt: skip
QUARTERS = frozenset(map(stem_of, "north south east west new northern southern".split()))
PARTICLES = frozenset(
    "的了在和与及是有为对将会等也都而以中上下于从到把被并其该这那还亦由让使更最又就至或个名所项位"
    "向已每对起可者则因共各前后时内外约近逾超仅只能应需须给收付占比增降按持家"
)
