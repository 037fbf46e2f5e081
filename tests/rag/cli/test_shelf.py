from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.cli.main import hetao

PAGE = (
    "A briefing\n\nLin Mei: Welcome.\n\nChen Tao: The pier opens in May.\n\nLin Mei: Thank you.\n"
)


@pytest.mark.model
def test_the_index_follows_what_is_added_renamed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HETAO_CORPUS_DIR", str(tmp_path / "corpus"))
    for name in ("pier", "tower"):
        text = PAGE.replace("pier", name)
        (tmp_path / f"{name}.md").write_text(f"<!-- -->\n{text}", encoding="utf-8")

    def run(*arguments: str) -> dict[str, object]:
        finished = CliRunner().invoke(hetao, [*arguments, "--json"], catch_exceptions=False)
        return dict(json.loads(finished.stdout))

    added = run("add", str(tmp_path / "pier.md"), str(tmp_path / "tower.md"))
    assert (added["added"], added["transcripts"]) == (2, 2)
    assert [Path(str(file)).name for file in list(added["files"])] == ["pier.md", "tower.md"]  # type: ignore[call-overload]
    assert run("rename", "pier", "The pier")["manifest"] == str(
        tmp_path / "corpus" / "manifest.json"
    )
    removed = run("remove", "tower")
    assert (removed["removed"], removed["transcripts"]) == (1, 1)
    assert list(Path(str(removed["kept"])).glob("*.md"))
