"""What a page shows, asked of the browser in one go, since tests ask it ten times a second.

WebDriver's own ``text`` and ``is_displayed`` go through the styles of all that lies below and
above an element, for each element anew.
"""

from __future__ import annotations

from selenium.webdriver import Chrome
from selenium.webdriver.remote.webelement import WebElement

# ui/markup.py puts invisible joiners between words.
_TEXTS = """
return [...document.querySelectorAll(arguments[0])].map(one => one.innerText).join("\\n")
  .replaceAll("\\u2060", "");
"""
_FIRST = """
const [selector, words, asLine] = arguments;
return [...document.querySelectorAll(selector)].find(one => {
  if (!one.checkVisibility({visibilityProperty: true}) || !one.getClientRects().length) {
    return false;
  }
  const text = one.innerText.replaceAll("\\u2060", "");
  return asLine ? text.split("\\n").includes(words) : text.includes(words);
});
"""
# A page that is not of Streamlit, as that of a provider of identities, has no such state.
_DRAWN = """
const app = document.querySelector("[data-test-script-state]");
return app === null || app.dataset.testScriptState === "notRunning";
"""


def is_drawn(browser: Chrome) -> bool:
    """Whether the page is drawn to its end; what is clicked before may miss the click."""
    return bool(browser.execute_script(_DRAWN))


def shown_text(browser: Chrome, selector: str = "body") -> str:
    """The text of all elements that the selector finds, a line each."""
    text: str = browser.execute_script(_TEXTS, selector)
    return text


def first_shown(
    browser: Chrome, selector: str, words: str = "", *, as_line: bool = False
) -> WebElement | None:
    """The first visible element with these words in its text, or with them as one of its lines."""
    found: WebElement | None = browser.execute_script(_FIRST, selector, words, as_line)
    return found
