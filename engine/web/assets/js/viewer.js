// Documents beside the form: a pane on a wide screen, a sheet over the page on a small one.
// Without this script the links open documents in a window of their own.
import { Sheets, load } from "./sheets.js";

const box = document.getElementById("viewer");
const WIDE = matchMedia("(min-width: 1100px)");
// Who keeps the pane open in this browser: tags that say nothing about a person, and nothing else.
const OPEN = "zholdama-viewer";
const LINKS = "a[data-view], .files-z a[href*='/documents/']";

function tags() {
  try { return JSON.parse(localStorage.getItem(OPEN) ?? "[]"); } catch { return []; }
}

function remember(open) {
  const others = tags().filter((one) => one !== box.dataset.me);
  try { localStorage.setItem(OPEN, JSON.stringify(open ? [...others, box.dataset.me].slice(-20) : others)); } catch { /* a browser that keeps nothing */ }
}

function viewer() {
  const shell = document.querySelector(".shell");
  const part = (name) => box.querySelector(`[data-view-${name}]`);
  const place = part("place"), said = part("said"), none = part("none");
  const wasRail = shell.classList.contains("rail");
  let shown = null, opener = null, before = null, sheets = null, job = null;

  const links = () => [...document.querySelectorAll(LINKS)].filter((one) => one.offsetParent || one.closest("[inert], details:not([open])"));
  const chain = () => { const all = links(), own = all.filter((one) => one.matches("[data-view]")); return own.includes(shown) ? own : all; };

  function words(name) {
    said.hidden = !name;
    said.textContent = name ? box.dataset[name] : "";
  }

  function empty() {
    job?.abort();
    sheets?.end();
    sheets = null;
    place.replaceChildren();
    place.hidden = false;
    none.hidden = true;
    box.classList.remove("drawn-z");
  }

  function refuse(why) {
    place.hidden = true;
    none.hidden = false;
    part("why").textContent = box.dataset[why] ?? box.dataset.failed;
    if (box.contains(document.activeElement) || document.activeElement === document.body) part("save-large").focus();
  }

  function label(link) {
    const all = chain(), at = all.indexOf(link);
    const name = link.dataset.name || link.textContent.trim();
    part("name").textContent = name;
    part("about").textContent = link.dataset.about || link.parentElement.querySelector(".muted")?.textContent || "";
    part("count").textContent = all.length > 1 ? `${at + 1} / ${all.length}` : "";
    part("back").setAttribute("aria-disabled", at <= 0);
    part("on").setAttribute("aria-disabled", at < 0 || at >= all.length - 1);
    for (const one of box.querySelectorAll("a[download]")) one.href = `${link.href}?save=1`;
    place.setAttribute("aria-label", name);
    return name;
  }

  // One look is one request, the same that the link makes: who may read, and what is recorded, the server decides.
  async function draw(link, name) {
    const mine = (job = new AbortController());
    words("loading");
    try {
      const known = link.dataset.mime;
      if (known && !box.dataset.types.split(" ").includes(known)) throw new Error("unknown");
      const source = await load(link.href, name, box.dataset, mine.signal);
      if (mine.signal.aborted) { source.end(); return; }
      sheets = new Sheets(place, source);
      await sheets.lay();
      box.classList.add("drawn-z");
    } catch (problem) {
      if (mine.signal.aborted) return;
      refuse(problem.message);
    } finally {
      if (!mine.signal.aborted) words("");
    }
  }

  function frame() {
    const wide = WIDE.matches;
    shell.classList.toggle("viewing-z", wide);
    shell.classList.toggle("rail", wide || wasRail);
    if (wide) box.setAttribute("open", ""); // not show(): that would take the focus from whoever types
    else box.showModal();
  }

  // The page grows narrower and wider; what one was reading stays where it was.
  function still(act) {
    const { left } = document.getElementById("main").getBoundingClientRect();
    const mark = WIDE.matches ? document.elementFromPoint(left + 96, 160) : null;
    const top = mark?.getBoundingClientRect().top;
    act();
    if (mark && scrollY) scrollBy({ top: mark.getBoundingClientRect().top - top, behavior: "instant" });
  }

  function show(link, { focus = true } = {}) {
    shown?.removeAttribute("aria-current");
    shown = link;
    link.setAttribute("aria-current", "true");
    empty();
    const name = label(link);
    if (!box.open) {
      opener = link;
      still(frame);
      if (!WIDE.matches) history.pushState({ viewer: 1 }, "");
    }
    if (focus && !box.contains(document.activeElement)) place.focus({ preventScroll: true });
    draw(link, name);
  }

  function close({ back = true } = {}) {
    if (!box.open) return;
    const modal = !shell.classList.contains("viewing-z");
    empty();
    words("");
    still(() => {
      box.close();
      shell.classList.remove("viewing-z");
      shell.classList.toggle("rail", wasRail);
    });
    shown?.removeAttribute("aria-current");
    if (!modal) remember(false);
    else if (back && history.state?.viewer) history.back();
    // Where one came from; if that has gone meanwhile, the list.
    const target = opener?.isConnected ? opener : links()[0] ?? document.getElementById("main");
    shown = opener = null;
    target.focus();
  }

  function step(by) {
    const all = chain();
    const link = all[all.indexOf(shown) + by];
    if (link) show(link);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(LINKS);
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link);
    if (WIDE.matches) remember(true);
  });
  const acts = { shut: () => close(), back: () => step(-1), on: () => step(1), larger: () => sheets?.step(1), smaller: () => sheets?.step(-1), fit: () => sheets?.fit(), form: () => across() };
  for (const [name, act] of Object.entries(acts)) {
    for (const button of box.querySelectorAll(`[data-view-${name}]`)) button.addEventListener("click", act);
  }
  box.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { Escape: acts.shut, "+": acts.larger, "=": acts.larger, "-": acts.smaller, 0: acts.fit }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  // Between form and document without passing everything that lies between them.
  function across() {
    if (box.contains(document.activeElement)) (before?.isConnected ? before : document.querySelector("#main a, #main button"))?.focus();
    else place.focus({ preventScroll: true });
  }
  document.addEventListener("focusin", (event) => { if (!box.contains(event.target)) before = event.target; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F6" || !shell.classList.contains("viewing-z")) return;
    event.preventDefault();
    across();
  });

  addEventListener("popstate", () => { if (box.open && !shell.classList.contains("viewing-z")) close({ back: false }); });
  if (history.state?.viewer) history.replaceState(null, "");
  WIDE.addEventListener("change", () => {
    if (!box.open) return;
    const left = place.scrollTop, inside = box.contains(document.activeElement);
    box.close();
    frame();
    place.scrollTop = left;
    if (inside) place.focus({ preventScroll: true });
  });
  for (const link of links()) link.setAttribute("aria-haspopup", "dialog");
  // Only beside a form of one's own: a document that nobody asked for is not read for the sake of a habit.
  const first = document.querySelector("a[data-view]");
  if (first && box.dataset.auto && WIDE.matches && tags().includes(box.dataset.me)) show(first, { focus: false });
}

if (box && typeof box.showModal === "function") viewer();
