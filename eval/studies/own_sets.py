"""``make eval``: the three sets, one table, a report for each.

The page-10 set is reported on its test half, XQuAD (which served to choose the weights across
languages) and QMSum val whole. A set whose data is not on this machine is left out, and said so.
"""

from __future__ import annotations

from typing import Any

from eval.errors import SetError
from eval.records import PAGE_10, EvaluationSet, Split, select
from eval.runner import run_set
from eval.runs import REPORT, describe_run, new_folder
from eval.sources import open_source
from rag.cli.terminal import run_script, say, tell
from rag.settings import Settings, load_settings

_SETS: tuple[tuple[str, Split | None], ...] = (
    (str(PAGE_10), "test"),
    ("xquad", None),
    ("xquad-zh", None),
    ("qmsum", None),
)


def run_one(name: str, split: Split | None, settings: Settings) -> dict[str, Any]:
    """Run a set and return its summary."""
    source = open_source(name, None, settings)
    cases = select(source.chosen.cases, split, None)
    chosen = EvaluationSet(source.chosen.name, source.chosen.sha256, cases)
    info = describe_run(chosen, split, None, source.assistant.transcripts(), settings)
    folder = new_folder(settings, chosen.name)
    summary = run_set(chosen, source.assistant, folder, info)
    tell(f"Report: {folder / REPORT}")
    return summary


def render(summaries: list[dict[str, Any]]) -> str:
    """A Markdown table: a row a metric, a column a set, each mean with its 95% interval."""
    names = [f"{summary['set']} (n {summary['n']})" for summary in summaries]
    lines = [f"| metric | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    metrics = dict.fromkeys(name for summary in summaries for name in summary["metrics"])
    for metric in metrics:
        cells = [_cell(summary["metrics"].get(metric), metric) for summary in summaries]
        lines.append(f"| {metric} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: dict[str, float] | None, metric: str) -> str:
    if value is None:
        return "-"
    digits = 0 if metric.startswith("latency") else 3
    low, high = f"{value['low']:.{digits}f}", f"{value['high']:.{digits}f}"
    return f"{value['mean']:.{digits}f} ({low} to {high})"


def main() -> None:
    """Run what there is data for and print the table."""
    settings = load_settings()
    summaries = []
    for name, split in _SETS:
        try:
            summaries.append(run_one(name, split, settings))
        except SetError as error:
            tell(f"Left out: {error}")
    say(render(summaries))


if __name__ == "__main__":
    run_script(main)
