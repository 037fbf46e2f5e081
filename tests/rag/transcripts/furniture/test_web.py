"""What stands around the words: every form that real pages show, and words that look like it."""

from __future__ import annotations

import time
from datetime import date

import pytest

from rag.transcripts.furniture.web import is_furniture, links_behind, read_lines, spoken_parts
from rag.transcripts.parser import parse_page

FURNITURE = """主頁 > 新聞 > 市政府
首页>国务院新闻办公室>国新办发布会
Home > Press Room > Transcripts
Home / Newsroom
Press Room > Press Conferences
【责任编辑：张三】
（责任编辑：张三）
(责编：张三、李四)
编辑：张三 审核：李四
来源：新华社
Editor: Zhang San
(Web editor: Zhang San, Li Si)
Source: Xinhua | Author: Wang Wei
作者：张三
【打印】 【关闭】
[ Print ] [ Close ]
Print this page
列印此頁
字号：大 中 小
【字体：大 中 小】
分享到：微信 微博
扫一扫在手机打开当前页
微信扫一扫，分享到朋友圈
Previous 1 2 3 Next
Previous Page 1 2 3 Next Page
上一页
Share
Share this article
Facebook Twitter WeChat
京ICP备05070218号
主办单位：国务院新闻办公室
Back to top
返回顶部
Ends/Tuesday, June 4, 2024
Issued at HKT 17:42
Issued at 17:42
完
2024年6月4日（星期二）
香港時間17時42分
NNNN
(Please also refer to the Chinese portion of the remarks.)
（請同時參閱談話全文的英文部分。）
2023-09-05 10:35:21
Last updated: September 21, 2023 10:00
Translated and edited by Xu Xiaoxuan, Wang Qian and Tom Arnstein. In case of any discrepancy \
between the English and Chinese texts, the Chinese version is deemed to prevail.
Translated and edited by staff of the desk.
In case of any discrepancy between the English and Chinese texts, the Chinese version shall prevail.
English | 简体 | 繁體
Skip to main content
Related stories
相关新闻：
*****************
【我要纠错】
[Photo/Xinhua]
[Photo by Liu Jian/China.org.cn]
(Photo: Liu Jian/China SCIO)
[Photo provided to chinadaily.com.cn]
(Xinhua/Li Xin)
（图/新华社）
（图片来源：国新网）
[摄影/刘健]
新华社记者 刘健 摄
图为发布会现场。
Photo by Liu Jian"""

WORDS = """Home-made products account for a third of the sales.
Home is where the heart is.
Share the costs, share the gains.
We share this view.
Follow us and you will see what a park can be.
Print runs have doubled.
Translated by machine, the register has 4,200 entries and everyone can read it. We use it daily.
In case of any dispute between the two parks, the arbitral award shall prevail.
Page after page of rules has gone.
Ends and means must agree.
Copyright protection is our first concern.
Photos of the bridge were shown. We were proud of them.
Editors of the register meet once a month.
Last updated rules apply from 2024.
On September 1, 2024.
September 1, 2024
More than 300
Growth was > 5% and inflation < 2%.
扫码就可以过关，平均只要六秒。
关注中小企业，是我们的责任。
打印机产业去年增长了12%。
下一页要由年轻人来写。
完成了三件事
主页改版以后，访问量翻了一番。
大、中、小企业都可以申请。
（根据规划，2035年建成）
编辑基因的技术要管好。
图书馆明年开放。
相关新闻我看到了。
AAA
2024年6月4日
问："""


@pytest.mark.parametrize("shown", FURNITURE.splitlines())
def test_a_line_that_only_stands_around_the_words_is_nobodys(shown: str) -> None:
    (line,) = read_lines(shown)
    assert spoken_parts(shown, line) == []


@pytest.mark.parametrize("shown", WORDS.splitlines())
def test_words_that_begin_like_furniture_are_words(shown: str) -> None:
    (line,) = read_lines(shown)
    assert [shown[part.start : part.end] for part in spoken_parts(shown, line)] == [shown]


def test_an_unnamed_outlet_of_a_photo_takes_its_caption_along() -> None:
    caption = "Mr. Wan Shouren answers a question at the press conference. "
    for credit in ("[Photo/Estuary Net]", "(Photo: Estuary Net)", "[Photo from the desk]"):
        (line,) = read_lines(caption + credit)
        assert spoken_parts(caption + credit, line) == []
    said = "We drew it ourselves. [Photo/Estuary Net]"
    (line,) = read_lines(said)
    assert [said[p.start : p.end].strip() for p in spoken_parts(said, line)] == [
        "We drew it ourselves."
    ]


def test_links_behind_the_last_turn_are_nobodys_unless_a_sentence_follows_them() -> None:
    links = "Goodbye.\n\nRelated News\n\nSCIO briefing on salt\nSCIO briefing on pepper\n[ Print ]"
    assert links_behind(read_lines(links)) == {2, 3, 4, 5, 6}
    assert links_behind(read_lines(links + "\nAnd salt is cheap.")) == set()
    page = f"Salt and pepper\n\nLuo Jiayi:\n\n{links}\n"
    (speech,) = parse_page(page).speeches
    assert [page[block.start : block.end] for block in speech.blocks] == ["Goodbye."]


def test_a_page_without_a_date_line_has_the_date_it_ends_in() -> None:
    page = "Remarks on salt\n*****\n\nReporter: Why?\n\nChief Executive: Because.\n\n{}\nNNNN\n"
    for stamp in (
        "Ends/Tuesday, April 4, 2023\nIssued at HKT 12:34",
        "完\n\n2023年4月4日（星期二）",
    ):
        parsed = parse_page(page.format(stamp))
        assert (parsed.title, parsed.date) == ("Remarks on salt", date(2023, 4, 4))
        assert len(parsed.speeches) == 2


def test_marks_of_bold_and_headings_do_not_hide_a_title_or_a_breadcrumb() -> None:
    page = (
        "**Home > News**\n\n# Briefing on salt\n\n**Salt Daily | July 1, 2019**\n\n**CCTV:** Why?\n"
    )
    parsed = parse_page(page)
    assert (parsed.title, parsed.publisher) == ("Briefing on salt", "Salt Daily")


@pytest.mark.parametrize(
    "unit", ["a > ", "大 中 小 ", "A ", "1 / ", "（图/", "打印 ", "[", "2023年"]
)
def test_furniture_of_every_length_is_told_in_no_time(unit: str) -> None:
    began = time.process_time()
    for length in range(0, 400, 4):
        is_furniture((unit * 400)[:length] + "x。")
    assert time.process_time() - began < 2
