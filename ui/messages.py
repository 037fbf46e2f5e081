"""Bring the catalogues in line with the texts of the pages: ``python -m ui.messages``.

New texts are added without a translation, those that no page has any more are taken out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from rag.cli.terminal import say
from rag.text.days import LOCALES

ROOT = Path(__file__).parents[1]
LOCALE = Path(__file__).with_name("locale")
_NAMES = {"_": 1, "N_": 1, "several": 2}
Message = str | tuple[str, str]


def messages() -> dict[Message, str]:
    """Each text of the pages, or its one and many, with the file that it stands in."""
    found: dict[Message, str] = {}
    for path in sorted((*ROOT.glob("ui/*.py"), *ROOT.glob("eval/*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for text in _marked(node):
                found.setdefault(text, path.relative_to(ROOT).as_posix())
    return found


def _marked(node: ast.AST) -> Iterator[Message]:
    # Unlike Babel's own extraction this also looks into f-strings, whatever the Python version.
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NAMES:
        wanted = node.args[: _NAMES[node.func.id]]
        texts = [arg.value for arg in wanted if isinstance(arg, ast.Constant)]
        if texts and len(texts) == _NAMES[node.func.id]:
            yield str(texts[0]) if len(texts) == 1 else (str(texts[0]), str(texts[1]))


def update(path: Path, locale: str) -> Catalog:
    """Write a catalogue anew with what is translated of the texts as they are; gives it back."""
    with path.open("rb") as file:
        known = read_po(file, locale=locale)
    updated = Catalog(
        locale=locale, header_comment=known.header_comment, project="Hetao", version="",
        copyright_holder="", msgid_bugs_address="", last_translator="", language_team="",
        creation_date=known.creation_date, revision_date=known.revision_date, fuzzy=False,
    )  # fmt: skip
    for text, file_name in sorted(messages().items(), key=lambda item: (item[1], str(item[0]))):
        old = known.get(text)
        updated.add(text, old.string if old else None, [(file_name, 0)])
    with path.open("wb") as file:
        write_po(file, updated, width=100, include_lineno=False)
    return updated


def main() -> None:
    """Update all catalogues and say what is yet to be translated."""
    for locale in LOCALES.values():
        path = LOCALE / f"{locale}.po"
        if path.exists():
            catalogue = update(path, locale)
            left = [str(text.id) for text in catalogue if text.id and not any(text.string or ())]
            say(f"{path.name}: {len(left)} of {len(catalogue)} texts to translate")
            for text in left:
                say(f"  {text}")


if __name__ == "__main__":
    main()
