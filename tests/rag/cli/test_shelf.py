from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.errors import CorpusError
from rag.settings import Settings

PAGE = (
    "A briefing\n\nLin Mei: Welcome.\n\nChen Tao: The pier opens in May.\n\nLin Mei: Thank you.\n"
)


@pytest.mark.model
def test_the_index_follows_what_is_added_renamed_and_removed(
    tmp_path: Path, run_json: Callable[..., dict[str, Any]]
) -> None:
    for name in ("pier", "tower"):
        text = PAGE.replace("pier", name)
        (tmp_path / f"{name}.md").write_text(f"<!-- -->\n{text}", encoding="utf-8")

    added = run_json("add", str(tmp_path / "pier.md"), str(tmp_path / "tower.md"))
    assert (added["added"], added["transcripts"]) == (2, 2)
    assert [Path(str(file)).name for file in added["files"]] == ["pier.md", "tower.md"]
    assert run_json("rename", "pier", "The pier")["manifest"] == str(
        tmp_path / "corpus" / "manifest.json"
    )
    removed = run_json("remove", "tower")
    assert (removed["removed"], removed["transcripts"]) == (1, 1)
    assert list(Path(str(removed["kept"])).glob("*.md"))


@pytest.mark.model
def test_of_what_is_added_in_part_nothing_is_left_out_of_the_index(
    tmp_path: Path, run_json: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    monkeypatch.setattr("rag.cli.shelf._fetch", lambda url, _: fetched.append(url))
    with pytest.raises(CorpusError, match="none"):
        run_json("add", "https://a.example/pier", str(tmp_path / "none.md"))
    assert not fetched

    def refused(url: str, _: Settings) -> tuple[Path, ...]:
        raise CorpusError("It is not there.")

    monkeypatch.setattr("rag.cli.shelf._fetch", refused)
    (tmp_path / "pier.md").write_text(PAGE, encoding="utf-8")
    with pytest.raises(CorpusError, match="not there"):
        run_json("add", "https://a.example/pier", str(tmp_path / "pier.md"))
    assert [each["transcript_id"] for each in run_json("list")["transcripts"]] == ["pier"]


@pytest.mark.model
@pytest.mark.slow
def test_files_are_followed_as_they_change_until_it_is_stopped(
    tmp_path: Path, real_settings: Settings
) -> None:
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    corpus.mkdir()
    data.mkdir()
    (data / "models").symlink_to(real_settings.data_dir / "models")
    (corpus / "pier.txt").write_text(PAGE, encoding="utf-8")
    named = {"HETAO_DATA_DIR": str(data), "HETAO_CORPUS_DIR": str(corpus)}
    command = [Path(sys.executable).with_name("hetao"), "ingest", "--watch"]
    with subprocess.Popen(
        command, env={**os.environ, **named}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    ) as watching:  # fmt: skip
        assert watching.stdout
        told = iter(watching.stdout)
        assert any("1 file(s) added" in line for line in told)
        assert any("Waiting for files" in line for line in told)
        (corpus / "manifest.json").write_text("no manifest", encoding="utf-8")
        assert any("Error: The manifest" in line for line in told)
        (corpus / "tower.txt").write_text(PAGE.replace("pier", "tower"), encoding="utf-8")
        (corpus / "manifest.json").unlink()
        assert any("1 file(s) added, 0 updated, 1 unchanged" in line for line in told)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 130
