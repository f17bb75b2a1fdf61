// The diagram of a case: what is passed, where it stands, where it is stopped.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";

const place = document.getElementById("diagram");
const words = (text) => (text ?? "").split(" ").filter(Boolean);

// Names in another language stand in the element's camunda:property "name:ru", "name:en".
function translated(element, language) {
  const values = element.businessObject?.extensionElements?.values ?? [];
  for (const group of values) {
    for (const one of group.$children ?? group.values ?? []) {
      if ((one.name ?? one.$attrs?.name) === `name:${language}`) return one.value ?? one.$attrs?.value;
    }
  }
  return null;
}

function rename(viewer, language) {
  if (language === "kk") return;
  const registry = viewer.get("elementRegistry");
  const factory = viewer.get("graphicsFactory");
  for (const element of registry.getAll()) {
    const name = translated(element, language);
    if (!name) continue;
    element.businessObject.name = name;
    const kind = element.waypoints ? "connection" : "shape";
    factory.update(kind, element, registry.getGraphics(element));
  }
}

function mark(viewer) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const overlays = viewer.get("overlays");
  const put = (id, name) => registry.get(id) && canvas.addMarker(id, name);
  const here = words(place.dataset.here), stopped = words(place.dataset.incidents);
  const passed = new Set(words(place.dataset.passed));
  passed.forEach((id) => put(id, "z-passed"));
  for (const flow of registry.filter((one) => one.waypoints && one.type === "bpmn:SequenceFlow")) {
    if (passed.has(flow.source.id) && (passed.has(flow.target.id) || here.includes(flow.target.id))) canvas.addMarker(flow, "z-passed");
  }
  const tokens = new Map();
  here.forEach((id) => tokens.set(id, (tokens.get(id) ?? 0) + 1));
  for (const [id, n] of tokens) {
    put(id, "z-here");
    if (registry.get(id)) overlays.add(id, { position: { top: -10, right: 12 }, html: `<span class="z-token">${n}</span>` });
  }
  for (const id of stopped) {
    put(id, "z-stopped");
    if (registry.get(id)) overlays.add(id, { position: { top: -10, left: -10 }, html: '<span class="z-token z-bad">!</span>' });
  }
  return here.map((id) => registry.get(id)).find(Boolean);
}

const fit = (canvas) => canvas.zoom("fit-viewport", "auto");

// A large process would be unreadable as a whole: start where the case is, at a size one can read.
function start(canvas, element) {
  fit(canvas);
  if (!element || canvas.zoom() >= 0.6) return;
  canvas.zoom(0.75, { x: 0, y: 0 });
  canvas.scrollToElement(element, 120);
  const view = canvas.viewbox();
  canvas.viewbox({ ...view, x: element.x + element.width / 2 - view.width / 2, y: element.y + element.height / 2 - view.height / 2 });
}

async function draw() {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const bpmnRenderer = { defaultFillColor: colour("--surface"), defaultStrokeColor: colour("--ink-2"), defaultLabelColor: colour("--ink") };
  const viewer = new NavigatedViewer({ container: place, bpmnRenderer });
  try {
    const answer = await fetch(place.dataset.src);
    if (!answer.ok) throw new Error(answer.statusText);
    await viewer.importXML(await answer.text());
  } catch {
    place.textContent = place.dataset.failed;
    place.classList.add("failed");
    return;
  }
  const canvas = viewer.get("canvas");
  // It takes the focus, to be moved by arrows: it needs a name of its own.
  const drawing = place.querySelector(".djs-container > svg");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", place.getAttribute("aria-label"));
  const steps = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
  drawing.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    canvas.scroll({ dx: step[0], dy: step[1] });
  });
  // The wheel scrolls the page, not the drawing: zoom has its buttons.
  viewer.get("zoomScroll").toggle(false);
  rename(viewer, place.dataset.language);
  start(canvas, mark(viewer));
  const acts = { in: () => viewer.get("zoomScroll").stepZoom(1), out: () => viewer.get("zoomScroll").stepZoom(-1), fit: () => fit(canvas) };
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", acts[button.dataset.zoom]);
  place.dataset.drawn = "1";
}
if (place) draw();
