// The inbox: moving by keys, preview beside the list, the place kept for coming back.
import htmx from "htmx.org";
import { key } from "./keys.js";

const page = document.querySelector("main[data-page=inbox]");
const PLACE = "zholdama-inbox";
const WIDE = matchMedia("(min-width: 768px)");

function remembered() {
  try { return JSON.parse(sessionStorage.getItem(PLACE) ?? "null"); } catch { return null; }
}

// Everywhere else: "back to the inbox" leads to the list one came from.
const place = remembered();
for (const link of document.querySelectorAll("a[data-inbox]")) if (place) link.href = place.address;

if (page) {
  const list = document.getElementById("cases");
  const preview = document.getElementById("preview");
  const rows = () => [...list.querySelectorAll("a.case")];
  const current = () => list.querySelector("a.case[aria-current]");
  let asked = 0;

  function remember() {
    const scroller = list.scrollHeight > list.clientHeight + 1 ? list.scrollTop : scrollY;
    sessionStorage.setItem(PLACE, JSON.stringify({ address: location.pathname + location.search, scroll: scroller, task: current()?.dataset.task }));
  }

  function choose(row, { show = true, focus = true } = {}) {
    current()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    if (focus) row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    remember();
    clearTimeout(asked);
    if (show && WIDE.matches) asked = setTimeout(() => htmx.ajax("GET", row.getAttribute("href"), { target: preview, swap: "innerHTML" }), 60);
  }

  function move(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    choose(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]);
  }

  list.addEventListener("click", (event) => {
    const row = event.target.closest("a.case");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!WIDE.matches) { choose(row, { show: false }); return; }
    event.preventDefault();
    if (row.hasAttribute("aria-current") && event.detail === 2) location.href = row.dataset.open;
    else choose(row);
  });
  list.addEventListener("dblclick", (event) => {
    const row = event.target.closest("a.case");
    if (row) location.href = row.dataset.open;
  });
  list.addEventListener("scroll", remember, { passive: true });

  key("j", () => move(1));
  key("k", () => move(-1));
  key("KeyJ", () => move(1));
  key("KeyK", () => move(-1));
  const open = () => { const row = document.activeElement.closest("a.case") ?? current(); if (!row) return false; remember(); location.href = row.dataset.open; };
  const claim = () => {
    const row = current();
    if (!row?.dataset.claim) return false;
    remember();
    htmx.ajax("POST", row.dataset.claim, { target: "#toast", swap: "innerHTML" });
  };
  const tick = () => { const box = current()?.parentElement.querySelector("input.tick"); if (!box) return false; box.click(); };
  key("Enter", open);
  key("c", claim);
  key("KeyC", claim);
  key("x", tick);
  key("KeyX", tick);

  // Coming back: the same row, the same place; otherwise the first row on a wide screen.
  const back = place && place.address === location.pathname + location.search ? place : null;
  const row = back?.task && list.querySelector(`a.case[data-task="${CSS.escape(back.task)}"]`);
  if (back) { list.scrollTop = back.scroll; if (list.scrollTop === 0) scrollTo(0, back.scroll); }
  const first = row || (WIDE.matches ? rows()[0] : null);
  if (first) choose(first, { focus: Boolean(row) && WIDE.matches });
  else remember();
}
