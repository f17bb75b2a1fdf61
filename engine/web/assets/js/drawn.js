// A diagram to look at: our colours, names in the page's language, arrows move it, the wheel leaves the page alone.
//
//   const viewer = viewerIn(place);
//   await viewer.importXML(xml);
//   settle(viewer, place, language);
//   start(viewer, element);
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";

const STEPS = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function viewerIn(container) {
  const bpmnRenderer = { defaultFillColor: colour("--surface"), defaultStrokeColor: colour("--ink-2"), defaultLabelColor: colour("--ink") };
  return new NavigatedViewer({ container, bpmnRenderer });
}

// Names in another language stand in the element's camunda:property "name:ru", "name:en".
export function translated(element, language) {
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

export function settle(viewer, place, language) {
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
  viewer.get("zoomScroll").toggle(false);
  rename(viewer, language);
}

export const fit = (viewer) => viewer.get("canvas").zoom("fit-viewport", "auto");

// Brings an element (or the middle point of a flow) into the middle of the window.
export function centre(viewer, box) {
  const canvas = viewer.get("canvas"), view = canvas.viewbox();
  canvas.viewbox({ ...view, x: box.x + (box.width ?? 1) / 2 - view.width / 2, y: box.y + (box.height ?? 1) / 2 - view.height / 2 });
}

// A large process would be unreadable as a whole: it begins where something is, at a size one can read.
export function start(viewer, element, { least = 0.6, size = 0.75 } = {}) {
  fit(viewer);
  const canvas = viewer.get("canvas");
  if (!element || canvas.zoom() >= least) return;
  canvas.zoom(size, { x: 0, y: 0 });
  centre(viewer, element);
}

export function zoomBy(buttons, viewer) {
  const zoom = viewer.get("zoomScroll");
  const acts = { in: () => zoom.stepZoom(1), out: () => zoom.stepZoom(-1), fit: () => fit(viewer) };
  for (const button of buttons) button.addEventListener("click", acts[button.dataset.zoom]);
}
