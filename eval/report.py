"""The report of a run: one self-contained page that needs no network and no server.

Whatever comes from a set, a transcript or a model is escaped, and the page's own policy
allows no script but the one written here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from eval.charts import group_chart, latency_chart, risk_coverage_chart
from eval.provenance import tell_outcomes
from eval.results import Result
from eval.words import value_text, words_of

if TYPE_CHECKING:
    from eval.runs import RunInfo

_TEMPLATE = Path(__file__).with_name("report.html")
_HEADLINES = (
    "nugget_recall", "nugget_all", "citation_recall", "citation_precision", "quote_exact",
    "speaker_accuracy", "recall@5", "mrr@10", "refusal_f1", "aurc", "latency_total_ms_p50",
)  # fmt: skip
# What the table of questions tells of each.
_COLUMNS = ("nugget_recall", "citation_recall", "recall@5")
_SHOWN_HITS = 5


def render_report(
    info: RunInfo, results: Sequence[Result], summary: Mapping[str, Any], name: str = ""
) -> str:
    """The whole page; ``name`` is what a person calls the run."""
    template = _TEMPLATE.read_text(encoding="utf-8")
    metrics: Mapping[str, Mapping[str, Any]] = summary["metrics"]
    headlines = [metric for metric in _HEADLINES if metric in metrics]
    run = f"{info.set_name}: {len(results)} questions, {info.generator}"
    return Template(template).substitute(
        script_hash=_script_hash(template),
        title=_text(f"{name} ({run})" if name else run),
        about=_about(info, results, summary),
        cards="".join(_card(metric, metrics[metric]) for metric in headlines),
        metrics="".join(_metric_row(metric, value) for metric, value in metrics.items()),
        charts=_charts(results, summary["by"]),
        types=_options(result.record.type for result in results),
        languages=_options(result.language for result in results),
        columns="".join(_column_head(metric) for metric in _COLUMNS),
        questions="".join(_question(result) for result in results),
    )


def _script_hash(template: str) -> str:
    script = re.search(r"<script>(.*?)</script>", template, re.DOTALL)
    digest = hashlib.sha256(script[1].encode() if script else b"").digest()
    return base64.b64encode(digest).decode()


def _about(info: RunInfo, results: Sequence[Result], summary: Mapping[str, Any]) -> str:
    facts = {
        "Started": info.started,
        "Answers": tell_outcomes(results),
        "Code": info.code_version,
        "Set": f"{info.set_name} ({info.set_sha256[:12]})",
        "Corpus": f"{info.transcripts} transcripts ({info.corpus_sha256[:12]})",
        "Split": info.split or "all",
        "Errors": summary["errors"],
        "First question (kept apart)": f"{summary['first_question_ms'] or 0:.0f} ms",
        **{f"Model: {use}": name for use, name in info.models.items()},
        "Settings": json.dumps(info.settings, ensure_ascii=False),
    }
    return "".join(f"<dt>{_text(k)}</dt><dd>{_text(v)}</dd>" for k, v in facts.items())


def _card(name: str, value: Mapping[str, Any]) -> str:
    words = words_of(name)
    return (
        f'<div class="card"><b>{value_text(name, value["mean"])}</b><strong>{_text(words.label)}'
        f"</strong><span>{_text(words.meaning)}</span><small>{_interval(name, value)}, "
        f"from {value['n']} questions</small><small>{_text(name)}</small></div>"
    )


def _metric_row(name: str, value: Mapping[str, Any]) -> str:
    words = words_of(name)
    return (
        f'<tr><th title="{_text(words.meaning)}">{_text(words.label)} <small>{_text(name)}</small>'
        f"</th><td>{value_text(name, value['mean'])}</td><td>{_interval(name, value)}</td>"
        f"<td>{value['n']}</td></tr>"
    )


def _interval(name: str, value: Mapping[str, Any]) -> str:
    return f"{value_text(name, value['low'])} to {value_text(name, value['high'])}"


def _charts(results: Sequence[Result], by: Mapping[str, Any]) -> str:
    charts = {
        "By kind of question": group_chart(by["type"]),
        "By language": group_chart(by["language"]),
        "Errors among the surest answers (risk and coverage)": risk_coverage_chart(results),
        "Time for an answer": latency_chart(results),
    }
    return "".join(f"<figure><figcaption>{k}</figcaption>{v}</figure>" for k, v in charts.items())


def _column_head(name: str) -> str:
    label = _text(words_of(name).label)
    return f'<th title="{_text(name)}"><button type="button">{label}</button></th>'


def _question(result: Result) -> str:
    """A table body of two rows: the question in a line, and the detail under it."""
    record, scores = result.record, result.scores
    total = (result.answer or {}).get("timings_ms", {}).get("total")
    shown = [scores.get(metric) for metric in _COLUMNS]
    cells = "".join(_cell(value) for value in (*shown, result.confidence, total))
    return (
        f'<tbody class="question" data-type="{_text(record.type)}" '
        f'data-language="{result.language}" data-outcome="{result.outcome}" '
        f'data-verdict="{result.verdict}"><tr>'
        f'<td>{_text(record.id)}</td><td class="wide"><button type="button" aria-expanded="false">'
        f"{_text(record.question)}</button></td><td>{_text(record.type)}</td>"
        f'<td>{result.language}</td><td class="{result.verdict}">{result.outcome}, '
        f"{result.verdict}</td>{cells}</tr>"
        f'<tr class="detail"><td colspan="10">{_detail(result)}</td></tr></tbody>'
    )


def _detail(result: Result) -> str:
    answer = result.answer or {}
    said = f"<p class='answer'>{_text(answer.get('text', ''))}</p>"
    if result.error:
        said = f'<p class="wrong">{_text(result.error)}</p>'
    history = _list(f"{line.role}: {line.content}" for line in result.record.history)
    scores = ", ".join(
        f'<span title="{_text(name)}">{_text(words_of(name).label)} {_number(value)}</span>'
        for name, value in result.scores.items()
    )
    return "".join(
        (
            _section("Why", _list(result.why)),
            _section("Before", history),
            '<div class="sides"><section><h3>Answer</h3>', said,
            _quotes(answer.get("citations", ()), "quote", lambda c: f"[{c['marker']}] "),
            "</section><section><h3>Gold</h3>", _gold(result), "</section></div>",
            _section("Retrieved first", _hits(result)),
            f'<p class="soft">{scores}</p>', _making(answer),
        )
    )  # fmt: skip


def _making(answer: Mapping[str, Any]) -> str:
    """Who made the answer, what it took, and what the reader was told besides."""
    usage = answer.get("usage") or {}
    told = [
        answer.get("generator", ""),
        answer.get("notice", ""),
        f"{usage['input_tokens']} tokens read, {usage['output_tokens']} written" if usage else "",
    ]
    return f'<p class="soft">{_text(" · ".join(filter(None, told)))}</p>'


def _gold(result: Result) -> str:
    record = result.record
    if not record.answerable:
        kind = record.unanswerable_kind or "unanswerable"
        return f"<p>Not in the transcripts ({_text(kind)}). {_text(record.answer)}</p>"
    facts = _list(("✓ " if given else "✗ ") + " / ".join(fact) for fact, given in result.facts())
    evidence = "".join(
        f"<blockquote>{_text(gold.quote)}<footer>{_text(gold.speaker)}</footer></blockquote>"
        for gold in result.evidence
    )
    return f"<p>{_text(record.answer)}</p>{facts}{evidence}"


def _hits(result: Result) -> str:
    def mark(hit: Mapping[str, Any]) -> str:
        return "✓ " if result.holds_evidence(hit) else ""

    return _quotes(result.hits[:_SHOWN_HITS], "text", mark)


def _quotes(items: Iterable[Mapping[str, Any]], field: str, mark: Any) -> str:
    return "".join(
        f"<blockquote>{_text(mark(item))}{_text(item[field])}<footer>{_text(item['speaker'])}, "
        f"{_text(item['role'])}, page {_text(item['page'])}, {_text(item['title'])}</footer>"
        "</blockquote>"
        for item in items
    )


def _section(title: str, body: str) -> str:
    return f"<h3>{title}</h3>{body}" if body else ""


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{_text(value)}</option>" for value in sorted(set(values) - {""}))


def _cell(value: float | None) -> str:
    if value is None:
        return '<td class="number"></td>'
    return f'<td class="number" data-value="{value}">{_number(value)}</td>'


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.3f}".rstrip("0").rstrip(".")


def _text(value: object) -> str:
    return escape(str(value))
