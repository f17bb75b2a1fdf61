// Diagrams with marks: where the time goes, what no scenario visits. Each figure names its diagram and its marks.
import { settle, start, viewerIn, zoomBy } from "../drawn.js";
import { laidOut, needsLayout } from "./layout.js";
import { make } from "./words.js";

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

async function draw(place) {
  if (place.dataset.begun) return;
  place.dataset.begun = "1";
  const viewer = viewerIn(place);
  try {
    await viewer.importXML(await fetched(place));
  } catch {
    viewer.destroy();
    place.textContent = place.dataset.failed;
    place.classList.add("failed");
    return;
  }
  const marks = marksOf(place);
  mark(viewer, marks);
  settle(viewer, place, place.dataset.language);
  start(viewer, marks.map((one) => viewer.get("elementRegistry").get(one.id)).find(Boolean), { least: 0.5, size: 0.6 });
  zoomBy(place.nextElementSibling.querySelectorAll("[data-zoom]"), viewer);
  place.dataset.drawn = "1";
}

for (const place of document.querySelectorAll("[data-figure]")) {
  // What is folded away is drawn when somebody unfolds it.
  if ("late" in place.dataset) place.closest("details").addEventListener("toggle", (event) => event.target.open && draw(place));
  else draw(place);
}
