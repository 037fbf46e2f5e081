from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
