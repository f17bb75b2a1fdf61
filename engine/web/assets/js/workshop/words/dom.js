// For libraries that write English straight into the page: their words are exchanged as they appear.

function attribute(word, element, name) {
  const found = element.hasAttribute(name) && word(element.getAttribute(name));
  if (found && found !== element.getAttribute(name)) element.setAttribute(name, found);
}

function text(word, node) {
  const english = node.data.trim();
  const found = english && word(english);
  if (found && found !== english) node.data = node.data.replace(english, found);
}

function put(word, root, inside, except) {
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (!element.closest(inside) || (except && element.closest(except))) continue;
    for (const name of ["title", "aria-label", "placeholder"]) attribute(word, element, name);
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) text(word, node);
  }
}

// `word` gives the word for an English text, undefined if it knows none; only what is within `inside` and not within
// `except` (selectors) is touched: what people wrote themselves stays.
export function exchange(container, { word, inside, except = "" }) {
  put(word, container, inside, except);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      if (!element?.closest(inside) && type !== "childList") continue;
      if (type === "characterData") { if (!except || !element.closest(except)) text(word, target); continue; }
      if (element.closest(inside)) put(word, element, inside, except);
      else for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) put(word, node, inside, except);
    }
  }).observe(container, { childList: true, subtree: true, characterData: true });
}
