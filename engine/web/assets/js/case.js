// The diagram of a case: what is passed, where it stands, where it is stopped.
import { settle, start, viewerIn, zoomBy } from "./drawn.js";

const place = document.getElementById("diagram");
const words = (text) => (text ?? "").split(" ").filter(Boolean);

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

async function draw() {
  const viewer = viewerIn(place);
  try {
    const answer = await fetch(place.dataset.src);
    if (!answer.ok) throw new Error(answer.statusText);
    await viewer.importXML(await answer.text());
  } catch {
    place.textContent = place.dataset.failed;
    place.classList.add("failed");
    return;
  }
  settle(viewer, place, place.dataset.language);
  start(viewer, mark(viewer));
  zoomBy(document.querySelectorAll("[data-zoom]"), viewer);
  place.dataset.drawn = "1";
}
if (place) draw();
