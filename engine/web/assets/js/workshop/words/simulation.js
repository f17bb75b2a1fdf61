// bpmn-js-token-simulation writes English straight into the page: its words are put in as they appear.
import { known } from "./index.js";

const PARTS = "[class*='bts-']";
const NAMED = /^(.+) (started|finished|canceled)$/;
const FOCUS = /^Focus process instance (.+)$/;

function said(word, english) {
  const found = word(english);
  if (found) return found;
  const named = NAMED.exec(english);
  if (named) return word(`{name} ${named[2]}`)?.replace("{name}", named[1]);
  const focus = FOCUS.exec(english);
  return focus ? word("Focus process instance {id}")?.replace("{id}", focus[1]) : undefined;
}

function attribute(word, element, name) {
  const found = element.hasAttribute(name) && said(word, element.getAttribute(name));
  if (found && found !== element.getAttribute(name)) element.setAttribute(name, found);
}

function put(word, root) {
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (!element.closest?.(PARTS)) continue;
    for (const name of ["title", "aria-label"]) attribute(word, element, name);
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
      const found = said(word, node.data.trim());
      if (found && found !== node.data.trim()) node.data = node.data.replace(node.data.trim(), found);
    }
  }
}

// Call once with the editor's container, before the simulation is switched on.
export function nameSimulation(container, language = document.documentElement.lang) {
  const word = known(language);
  if (language === "en") return;
  put(word, container);
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      if (target.nodeType === Node.ELEMENT_NODE && target.closest(PARTS)) put(word, target);
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) put(word, node);
    }
  }).observe(container, { childList: true, subtree: true });
}
