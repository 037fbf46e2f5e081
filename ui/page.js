/* What a page does beyond Streamlit: focus, announcements, copying, scrolling.
   Constant: no text of a transcript or a user ever enters a script; it is read from the page. */
(() => {
  if (window.hetao) return;
  const find = (selector) => document.querySelector(selector);
  const soon = (selector, act, until = Date.now() + 5000) => {
    const found = find(selector);
    if (found) act(found);
    else if (Date.now() < until) setTimeout(() => soon(selector, act, until), 50);
  };
  const keyed = (element) =>
    [...(element.closest("[class*='st-key-']")?.classList ?? [])].find((name) => name.startsWith("st-key-"));

  /* Screen readers hear what is put into a live region that was there before. */
  const live = document.createElement("div");
  live.setAttribute("aria-live", "polite");
  live.className = "hetao-live";
  document.body.append(live);
  const announce = (words) => {
    live.textContent = "";
    setTimeout(() => { live.textContent = words; }, 100);
  };

  /* The button that opened the source gets the focus back when the source is closed. */
  let opener = "";
  let open = false;
  const showQuote = () => {
    const quote = find(".st-key-source mark");
    const pane = quote?.closest(".hetao-transcript");
    if (!pane) return;
    pane.scrollTop += quote.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
    find(".st-key-source").scrollIntoView({ block: "nearest" });
  };
  const opened = () => {
    open = true;
    soon(".st-key-source h2", (title) => {
      title.tabIndex = -1;
      title.focus({ preventScroll: true });
      /* Once: who has begun to scroll is not brought back. */
      soon(".st-key-source mark", () => setTimeout(showQuote, 50));
    });
  };
  const closed = () => {
    open = false;
    if (opener) find(`.${opener} button`)?.focus({ preventScroll: true });
  };

  /* A provider sends whoever signed in to the first page: the one that was asked for is opened. */
  const WANTED = "hetao-wanted";
  const enter = () => {
    const wanted = sessionStorage.getItem(WANTED);
    sessionStorage.removeItem(WANTED);
    if (wanted && wanted !== location.href) location.replace(wanted);
  };

  /* Once the question is answered the field waits for the next; an opened quote, though, is read. */
  const seen = new WeakSet();
  const look = () => {
    for (const sign of document.querySelectorAll("[data-hetao]")) {
      if (seen.has(sign)) continue;
      seen.add(sign);
      const { hetao, words, target } = sign.dataset;
      if (hetao === "language") document.documentElement.lang = words;
      if (hetao === "announce") announce(words);
      if (hetao === "source") opened();
      if (hetao === "goto") soon(target, (place) => place.scrollIntoView({ block: "start" }));
      if (hetao === "door") sessionStorage.setItem(WANTED, location.href);
      if (hetao === "inside") enter();
      if (hetao === "focus") soon("[data-testid='stChatInputTextArea']", (field) => field.focus());
    }
    if (open && !find(".st-key-source")) closed();
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  look();

  /* A link within the product is followed without loading the page anew; filters and language go
     along. Streamlit draws what an address says when the browser goes back or forth in history. */
  const OWN = ["chat", "answer", "at", "id", "turn", "words", "topic"];
  const address = (href) => {
    const to = new URL(href, location.href);
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (!OWN.includes(name)) to.searchParams.append(name, value);
    }
    return to;
  };
  const follow = (event, link) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState(null, "", address(link.getAttribute("href")));
    const place = link.dataset.goto && find(link.dataset.goto);
    if (place) place.scrollIntoView({ block: "start" });
    else window.dispatchEvent(new PopStateEvent("popstate"));
  };
  const copy = (button) => {
    const { copy: words, link, done, failed } = button.dataset;
    const to = link && address(link);
    to && to.searchParams.delete("lang");
    navigator.clipboard.writeText(words || to.href).then(
      () => {
        announce(done);
        button.classList.add("hetao-done");
        setTimeout(() => button.classList.remove("hetao-done"), 1500);
      },
      () => announce(failed),
    );
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, a");
    const key = button && keyed(button);
    if (key && /^st-key-(cite|more|nearest)-/.test(key)) opener = key;
    if (button?.matches("a[data-inside]")) follow(event, button);
    if (button?.matches(".hetao-copy")) copy(button);
  });
  window.hetao = true;
})();
