// Two versions of a file: both diagrams move as one, what changed is marked in both, the list leads to the elements.
import { centre, settle, translated, viewerIn } from "../drawn.js";
import "./compare.css";
import { laidOut, needsLayout } from "./layout.js";
import { make } from "./words.js";

const page = document.querySelector("[data-compare]");
const marks = JSON.parse(document.getElementById("marks")?.textContent ?? "[]");
const ICONS = { added: "plus", removed: "minus", changed: "pencil", moved: "arrows-move" };
const READABLE = 0.6;

const icon = (name) => `<svg class="icon" aria-hidden="true"><use href="${page.dataset.sprite}#${name}"/></svg>`;

// One of the two drawings; `letter` tells which id a change has there.
class Side {
  constructor(place) {
    this.place = place;
    this.letter = place.dataset.side;
  }

  id(mark) {
    return this.letter === "a" ? mark.was : mark.kind === "removed" ? "" : mark.id;
  }

  element(mark) {
    const id = this.id(mark), registry = this.viewer?.get("elementRegistry");
    if (!id || !registry) return undefined;
    // A process in a pool is drawn as the pool.
    const found = registry.get(id) ?? registry.find((one) => one.businessObject?.processRef?.id === id);
    return found === this.canvas.getRootElement() ? undefined : found;
  }

  async draw() {
    if (!this.place.dataset.src) return;
    const viewer = viewerIn(this.place);
    try {
      const answer = await fetch(this.place.dataset.src, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const xml = await answer.text();
      await viewer.importXML(needsLayout(xml) ? await laidOut(xml) : xml);
    } catch {
      viewer.destroy();
      this.place.replaceChildren(make("p", { class: "muted none-d" }, this.place.dataset.failed));
      return;
    }
    this.viewer = viewer;
    this.canvas = viewer.get("canvas");
    this.ready();
  }

  ready() {
    settle(this.viewer, this.place, page.dataset.language);
    marks.forEach((mark, number) => this.mark(mark, number));
  }

  // Colour, the kind of line and a sign: whoever can't tell the colours apart sees it too.
  mark(mark, number) {
    const element = this.element(mark);
    if (!element) return;
    this.canvas.addMarker(element, `z-${mark.kind}`);
    if (element.children?.length) this.canvas.addMarker(element, "z-wide");
    element.labels?.forEach((label) => this.canvas.addMarker(label, `z-${mark.kind}`));
    // A line that only follows what it joins is coloured; a sign on each would hide the drawing.
    if (element.waypoints && mark.kind === "moved") return;
    const html = make("span", { class: `badge-d ${mark.kind}`, "data-number": String(number) });
    html.innerHTML = icon(ICONS[mark.kind]);
    this.viewer.get("overlays").add(element.id, "change", { position: middle(element), html });
  }

  show(element) {
    // Of what is larger than the window, its beginning.
    if (element.children?.length) { this.canvas.viewbox({ ...this.canvas.viewbox(), x: element.x - 40, y: element.y - 40 }); return; }
    const box = element.waypoints ? { ...element.waypoints[Math.floor(element.waypoints.length / 2)], width: 1, height: 1 } : element;
    if (this.canvas.zoom() < READABLE) this.canvas.zoom(0.75);
    centre(this.viewer, box);
  }
}

function middle(element) {
  if (!element.waypoints) return { top: -9, left: -9 };
  const points = element.waypoints, left = Math.min(...points.map((one) => one.x)), top = Math.min(...points.map((one) => one.y));
  const half = Math.floor((points.length - 1) / 2), one = points[half], other = points[half + 1];
  return { left: (one.x + other.x) / 2 - left - 8, top: (one.y + other.y) / 2 - top - 8 };
}

class Pair {
  constructor(sides) {
    this.sides = sides;
    this.at = -1;
    this.rows = [...page.querySelectorAll("li[data-change]")];
    this.stops = marks.map((mark, number) => number).filter((number) => marks[number].kind !== "moved");
    if (!this.stops.length) this.stops = marks.map((mark, number) => number);
  }

  get drawn() {
    return this.sides.filter((one) => one.viewer);
  }

  // What is moved or enlarged in one moves in the other.
  join() {
    let busy = false;
    for (const side of this.drawn) {
      side.viewer.on("canvas.viewbox.changed", ({ viewbox }) => {
        if (busy) return;
        busy = true;
        for (const other of this.drawn) {
          if (other === side) continue;
          const { outer } = other.canvas.viewbox();
          other.canvas.viewbox({ x: viewbox.x, y: viewbox.y, width: outer.width / viewbox.scale, height: outer.height / viewbox.scale });
        }
        busy = false;
      });
      side.viewer.on("element.click", ({ element }) => this.picked(side, element));
    }
  }

  begin() {
    this.fit();
    // A large process would be unreadable as a whole: it begins at the first change.
    const small = (one) => one && !["bpmn:Participant", "bpmn:Lane"].includes(one.type);
    const first = this.stops.map((number) => this.find(marks[number])).find(({ element } = {}) => small(element));
    if (first && this.drawn[0].canvas.zoom() < READABLE) first.side.show(first.element);
    this.tell();
  }

  fit() {
    // The drawing with more on it says how much is to be seen.
    const [first, second] = this.drawn;
    if (!first) return;
    const size = (one) => { const { inner } = one.canvas.viewbox(); return inner.width * inner.height; };
    (second && size(second) > size(first) ? second : first).canvas.zoom("fit-viewport", "auto");
  }

  picked(side, element) {
    const id = element.labelTarget?.id ?? element.id;
    const number = marks.findIndex((mark) => side.id(mark) === id);
    if (number >= 0) this.choose(number, { scroll: true });
  }

  choose(number, { scroll = false } = {}) {
    this.light(marks[this.at], false);
    this.at = number;
    this.light(marks[number], true);
    this.rows.forEach((row, place) => row.toggleAttribute("aria-current", place === number));
    if (scroll) this.reveal(number);
    this.tell();
  }

  reveal(number) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.rows[number]?.closest("details.all-z")?.setAttribute("open", "");
    this.rows[number]?.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
  }

  light(mark, on) {
    if (!mark) return;
    for (const side of this.drawn) {
      const element = side.element(mark);
      if (element) side.canvas[on ? "addMarker" : "removeMarker"](element, "z-picked");
    }
  }

  go(number) {
    this.choose(number);
    const { side, element } = this.find(marks[number]);
    side?.show(element);
  }

  // Where it stands now; what is gone, where it stood. One side is enough: the other follows.
  find(mark) {
    const found = [...this.drawn].reverse().map((side) => ({ side, element: side.element(mark) }));
    return found.find(({ element }) => element) ?? {};
  }

  step(by) {
    const place = this.stops.indexOf(this.at);
    const next = place < 0 ? (by > 0 ? 0 : this.stops.length - 1) : place + by;
    if (this.stops[next] === undefined) return;
    this.go(this.stops[next]);
    // Only where the drawings stay in sight meanwhile.
    if (getComputedStyle(page.querySelector(".pair-v")).position === "sticky") this.reveal(this.stops[next]);
  }

  tell() {
    const place = this.stops.indexOf(this.at);
    page.querySelector("[data-part=at]").textContent = this.stops.length ? `${place < 0 ? "–" : place + 1} / ${this.stops.length}` : "";
  }
}

// The list in the words of the drawing: its language, and of a flow without a name what it joins.
function naming(pair) {
  pair.rows.forEach((row, number) => {
    const { element } = pair.find(marks[number]);
    const place = row.querySelector("[data-name]");
    if (!element || !place) return;
    const name = page.dataset.language === "kk" ? "" : translated(element, page.dataset.language);
    const ends = [element.source, element.target].map((one) => one?.businessObject?.name || one?.id);
    if (name) place.textContent = name;
    else if (!element.businessObject?.name && element.waypoints) place.textContent = ends.join(" → ");
  });
}

async function diagrams() {
  const places = [...page.querySelectorAll("[data-side]")];
  if (!places.length) return;
  const sides = places.map((place) => new Side(place));
  await Promise.all(sides.map((side) => side.draw()));
  const pair = new Pair(sides);
  pair.join();
  pair.begin();
  naming(pair);
  const both = page.querySelector(".pair-v");
  const zoom = (by) => pair.drawn[0]?.viewer.get("zoomScroll").stepZoom(by);
  const acts = {
    in: () => zoom(1), out: () => zoom(-1), fit: () => pair.fit(), back: () => pair.step(-1), on: () => pair.step(1),
    turn: (button) => {
      const over = both.classList.toggle("over-d");
      button.setAttribute("aria-pressed", over);
      pair.drawn.forEach((side) => side.canvas.resized());
      pair.fit();
    },
  };
  for (const button of page.querySelectorAll("[data-do]")) button.addEventListener("click", () => acts[button.dataset.do](button));
  pair.rows.forEach((row, number) => row.querySelector("[data-go]")?.addEventListener("click", () => {
    pair.go(number);
    both.scrollIntoView({ block: "nearest" });
  }));
  both.addEventListener("click", (event) => {
    const badge = event.target.closest?.("[data-number]");
    if (badge) pair.choose(Number(badge.dataset.number), { scroll: true });
  });
  page.dataset.drawn = "1";
}

diagrams();
