// The page of one case: where it stands on the diagram, its durations, its history played back; tabs and the panel
// of an element without a new page. Everything it shows is told by the page without it as well.
import { settle, start, viewerIn, zoomBy } from "../drawn.js";
import { player } from "./case/player.js";

const place = document.getElementById("inspect");
const now = () => JSON.parse(document.getElementById("inspect-standing").textContent);

function span(name, words, title) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = words;
  if (title) made.title = title;
  return made;
}

// What is drawn of a state: {here: {id: n}, passed: [id], flows: [id], stopped, timers, times, at}.
export function painter(viewer) {
  const canvas = viewer.get("canvas"), registry = viewer.get("elementRegistry"), overlays = viewer.get("overlays");
  const marked = [];
  let laid = [];
  const mark = (id, name) => {
    if (!registry.get(id)) return;
    canvas.addMarker(id, name);
    marked.push([id, name]);
  };
  const lay = (id, position, html) => registry.get(id) && laid.push(overlays.add(id, { position, scale: { min: 0.75, max: 1.25 }, html }));
  return (seen) => {
    for (const [id, name] of marked.splice(0)) canvas.removeMarker(id, name);
    for (const id of laid) overlays.remove(id);
    laid = [];
    for (const id of seen.passed ?? []) mark(id, "z-passed");
    for (const id of seen.flows ?? []) mark(id, "z-passed");
    for (const [id, n] of Object.entries(seen.here ?? {})) {
      mark(id, "z-here");
      lay(id, { top: -11, right: 11 }, span("z-token", n));
    }
    for (const id of Object.keys(seen.stopped ?? {})) {
      mark(id, "z-stopped");
      lay(id, { top: -11, right: seen.here?.[id] ? 35 : 11 }, span("z-token z-bad", "!"));
    }
    for (const [id, said] of Object.entries(seen.timers ?? {})) lay(id, { bottom: -4, left: -8 }, span("timer-k", said));
    for (const [id, n] of Object.entries(seen.times ?? {})) lay(id, { bottom: 11, right: 11 }, span("times-k", `×${n}`));
    for (const [id, one] of Object.entries(seen.took ?? {})) lay(id, { top: -11, left: -6 }, span(one.over ? "took-k over" : "took-k", one.label));
    if (seen.at) mark(seen.at, "at-k");
  };
}

async function fetched() {
  const answer = await fetch(place.dataset.src);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

async function draw() {
  const viewer = viewerIn(place);
  try {
    await viewer.importXML(await fetched());
  } catch {
    viewer.destroy();
    place.textContent = place.dataset.failed;
    place.classList.add("failed");
    document.getElementById("steps").open = true;
    return;
  }
  settle(viewer, place, place.dataset.language);
  const paint = painter(viewer), { took, ...standing } = now(), registry = viewer.get("elementRegistry");
  const layer = document.getElementById("layer");
  const current = () => (layer?.getAttribute("aria-pressed") === "true" ? { ...standing, took, timers: {} } : standing);
  paint(current());
  const first = [...Object.keys(standing.stopped), ...Object.keys(standing.here), ...standing.passed].map((id) => registry.get(id)).find(Boolean);
  start(viewer, first);
  zoomBy(document.querySelectorAll("[data-zoom]"), viewer);
  layer?.addEventListener("click", () => {
    layer.setAttribute("aria-pressed", String(layer.getAttribute("aria-pressed") !== "true"));
    paint(current());
  });
  viewer.get("eventBus").on("element.click", ({ element }) => {
    if (!element.waypoints && element.businessObject?.$instanceOf?.("bpmn:FlowNode")) choose(element.businessObject.id);
  });
  player({ viewer, paint, current, src: place.dataset.history, bar: document.getElementById("play"), said: document.getElementById("play-said"), panel: place });
  place.dataset.drawn = "1";
}

// --- the panel of an element, and the tabs ---------------------------------------------------------------------------

const pageWith = (changes) => {
  const address = new URL(location.href);
  address.hash = "";
  for (const [name, value] of Object.entries(changes)) value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
  return address.pathname + address.search;
};

async function put(target, address, keep) {
  const there = document.getElementById(target);
  there.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": target } });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    if (target === "side") there.replaceChildren(made.content);
    else there.replaceWith(made.content);
    history.replaceState(null, "", keep);
  } catch {
    location.assign(address);
    return null;
  }
  const fresh = document.getElementById(target);
  fresh.removeAttribute("aria-busy");
  return fresh;
}

// On a narrow window the panel stands below everything, on a phone it is a page of its own: there the link does it.
const beside = () => matchMedia("(min-width: 1200px)").matches;

// Everything about an incident stands in the panel as it does on its own page; of several, about the first.
async function incident() {
  const short = document.querySelector("#side [data-incident]");
  if (!short || !beside()) return;
  const answer = await fetch(short.dataset.incident, { headers: { "HX-Request": "true", "HX-Target": "side" } }).catch(() => null);
  if (!answer?.ok || answer.redirected || !short.isConnected) return;
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  made.content.querySelector("[data-act-close]")?.remove();
  short.replaceWith(made.content);
}

async function choose(element) {
  const address = pageWith({ element });
  if (!beside()) return location.assign(`${address}#side`);
  const side = await put("side", address, address);
  incident();
  side?.querySelector("h2")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("[data-element], [data-tab]");
  if (!link) return;
  if ("tab" in link.dataset) {
    event.preventDefault();
    const address = link.href.replace(/#.*/, "");
    put("tab", address, address).then((tab) => tab?.querySelector("[aria-current]")?.focus({ preventScroll: true }));
  } else if (beside()) {
    event.preventDefault();
    choose(link.dataset.element);
  }
});

if (place) {
  draw();
  incident();
}
