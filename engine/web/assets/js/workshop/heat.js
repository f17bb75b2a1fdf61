// Diagrams with marks: where the time goes, what no scenario visits. Each figure names its diagram and its marks.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import { laidOut, needsLayout } from "./layout.js";
import { make } from "./words.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const STEPS = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };

// Names in another language stand in the element's camunda:property "name:ru", "name:en".
function translated(element, language) {
  for (const group of element.businessObject?.extensionElements?.values ?? []) {
    for (const one of group.$children ?? group.values ?? []) {
      if ((one.name ?? one.$attrs?.name) === `name:${language}`) return one.value ?? one.$attrs?.value;
    }
  }
  return null;
}

function rename(viewer, language) {
  if (language === "kk") return;
  const factory = viewer.get("graphicsFactory"), registry = viewer.get("elementRegistry");
  for (const element of registry.getAll()) {
    const name = translated(element, language);
    if (!name) continue;
    element.businessObject.name = name;
    factory.update(element.waypoints ? "connection" : "shape", element, registry.getGraphics(element));
  }
}

const marksOf = (place) => JSON.parse(document.getElementById(place.dataset.marks).textContent);

function mark(viewer, marks) {
  const canvas = viewer.get("canvas"), overlays = viewer.get("overlays"), registry = viewer.get("elementRegistry");
  for (const one of marks) {
    if (!registry.get(one.id)) continue;
    canvas.addMarker(one.id, one.css);
    if (one.label) overlays.add(one.id, { position: { top: -12, right: 18 }, scale: { min: 1, max: 1 }, html: make("span", { class: `${one.badge} ${one.css}`, title: one.title }, one.label) });
  }
}

async function fetched(place) {
  const answer = await fetch(place.dataset.src, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const xml = await answer.text();
  return needsLayout(xml) ? laidOut(xml) : xml;
}

function settle(place, viewer) {
  // It takes the focus, to be moved by arrows: it needs a name of its own.
  const drawing = place.querySelector(".djs-container > svg");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", place.getAttribute("aria-label"));
  drawing.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    viewer.get("canvas").scroll({ dx: step[0], dy: step[1] });
  });
  // The wheel scrolls the page, not the drawing: zoom has its buttons.
  const zoom = viewer.get("zoomScroll"), fit = () => viewer.get("canvas").zoom("fit-viewport", "auto");
  zoom.toggle(false);
  const acts = { in: () => zoom.stepZoom(1), out: () => zoom.stepZoom(-1), fit };
  for (const button of place.nextElementSibling.querySelectorAll("[data-zoom]")) button.addEventListener("click", acts[button.dataset.zoom]);
  start(viewer, place, fit);
}

// A large process would be unreadable as a whole: start where the first mark is, at a size one can read.
function start(viewer, place, fit) {
  const canvas = viewer.get("canvas");
  fit();
  const first = marksOf(place).map((one) => viewer.get("elementRegistry").get(one.id)).find(Boolean);
  if (!first || canvas.zoom() >= 0.5) return;
  canvas.zoom(0.6, { x: 0, y: 0 });
  const view = canvas.viewbox();
  canvas.viewbox({ ...view, x: first.x + first.width / 2 - view.width / 2, y: first.y + first.height / 2 - view.height / 2 });
}

async function draw(place) {
  if (place.dataset.begun) return;
  place.dataset.begun = "1";
  const bpmnRenderer = { defaultFillColor: colour("--surface"), defaultStrokeColor: colour("--ink-2"), defaultLabelColor: colour("--ink") };
  const viewer = new NavigatedViewer({ container: place, bpmnRenderer });
  try {
    await viewer.importXML(await fetched(place));
  } catch {
    viewer.destroy();
    place.textContent = place.dataset.failed;
    place.classList.add("failed");
    return;
  }
  rename(viewer, place.dataset.language);
  mark(viewer, marksOf(place));
  settle(place, viewer);
  place.dataset.drawn = "1";
}

for (const place of document.querySelectorAll("[data-figure]")) {
  // What is folded away is drawn when somebody unfolds it.
  if ("late" in place.dataset) place.closest("details").addEventListener("toggle", (event) => event.target.open && draw(place));
  else draw(place);
}
