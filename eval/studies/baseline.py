"""``make baseline``: the run that no change may fall below, renewed.

All of ``hetao-page10.jsonl`` over the corpus in ``corpus/``. The committed folder keeps what the
gate compares; what the passages say is in the corpus and is left out.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from eval.records import PAGE_10, SETS
from eval.runner import run_set
from eval.runs import INFO, RESULTS, SUMMARY, describe_run, read_run
from eval.sources import open_source
from eval.storage import write_whole
from rag.cli.terminal import run_script, tell
from rag.settings import load_settings

BASELINE = SETS.with_name("baseline")


def main() -> None:
    """Run the set and put the slimmed run in place of the old baseline."""
    settings = load_settings()
    source = open_source(str(PAGE_10), settings.corpus_dir, settings)
    info = describe_run(source.chosen, None, None, source.assistant.transcripts(), settings)
    with tempfile.TemporaryDirectory() as folder:
        run_set(source.chosen, source.assistant, Path(folder), info)
        run = read_run(Path(folder))
        BASELINE.mkdir(exist_ok=True)
        shutil.copyfile(Path(folder) / INFO, BASELINE / INFO)
    # Where the run was made says nothing about it.
    summary = {**run.summary, "run": BASELINE.name}
    write_whole(BASELINE / SUMMARY, json.dumps(summary, ensure_ascii=False, indent=1))
    lines = (result.model_copy(update={"hits": ()}).model_dump_json() for result in run.results)
    write_whole(BASELINE / RESULTS, "\n".join(lines) + "\n")
    tell(f"The baseline is now {info.code_version}, {info.n} questions. Commit {BASELINE}.")


if __name__ == "__main__":
    run_script(main)
