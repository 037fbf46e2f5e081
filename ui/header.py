"""The head of a page."""

from __future__ import annotations

from ui.language import _


def product_html() -> str:
    """The head of the first page: the product's name and what it promises."""
    return header_html(
        'Hetao <span lang="zh-Hans">河套</span>',
        _("Ask the briefings. Every sentence of an answer is one click from its source."),
    )


def header_html(
    title: str, told: str = "", *, is_ruled: bool = False, is_long: bool = False
) -> str:
    """The head of a page.

    Args:
        title: what it is called, HTML.
        told: what stands below, HTML.
        is_ruled: whether a line is drawn under it.
        is_long: whether the title may be long, as one that a person or a transcript gave.
    """
    css = "hetao-header hetao-ruled" if is_ruled else "hetao-header"
    heading = f'<h1 class="hetao-title">{title}</h1>' if is_long else f"<h1>{title}</h1>"
    below = f"<p>{told}</p>" if told else ""
    return f'<header class="{css}">{heading}{below}</header>'
