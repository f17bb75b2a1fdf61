// The diagram on which a click chooses an element: what can be chosen is what the select offers.
import { centre, settle, start, viewerIn, zoomBy } from "../../drawn.js";

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

export async function draw({ place, select, zoom, said }) {
  const viewer = viewerIn(place);
  await viewer.importXML(await fetched(place.dataset.src));
  settle(viewer, place, place.dataset.language);
  const canvas = viewer.get("canvas"), registry = viewer.get("elementRegistry");
  const able = () => new Set([...select.options].map((one) => one.value).filter(Boolean));
  const here = place.dataset.here.split(" ").filter((id) => registry.get(id));
  for (const id of able()) if (registry.get(id)) canvas.addMarker(id, "able-a");
  for (const id of here) canvas.addMarker(id, "z-here");
  let marked = "", clicked = false;
  const paint = () => {
    if (marked) canvas.removeMarker(marked, "chosen-a");
    marked = registry.get(select.value) ? select.value : "";
    if (marked) canvas.addMarker(marked, "chosen-a");
    if (marked) said.textContent = select.selectedOptions[0].textContent;
    if (marked && !clicked) centre(viewer, registry.get(marked));
    clicked = false;
  };
  viewer.get("eventBus").on("element.click", ({ element }) => {
    const id = element.businessObject?.id;
    if (element.waypoints || !able().has(id)) return;
    select.value = id;
    clicked = true;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  select.addEventListener("change", paint);
  zoomBy(zoom, viewer);
  start(viewer, registry.get(here[0]));
  paint();
  place.dataset.drawn = "1";
}
