// Looking at the drawing: size, place, the tools of the header; holding it still where nothing may be changed.

const READABLE = 0.6;

const MARGIN = 24; // px

// The whole drawing, beside the palette rather than under it.
export function fit(modeler) {
  const canvas = modeler.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  const { inner, outer } = canvas.viewbox();
  const palette = canvas.getContainer().querySelector(".djs-palette")?.getBoundingClientRect().width ?? 0;
  const left = palette + MARGIN;
  if (!inner.width || !outer.width) return;
  const scale = Math.min(1, (outer.width - left - MARGIN) / inner.width, (outer.height - 2 * MARGIN) / inner.height);
  const [width, height] = [outer.width / scale, outer.height / scale];
  canvas.viewbox({ x: inner.x - left / scale, y: inner.y + inner.height / 2 - height / 2, width, height });
}

// A large process would be unreadable as a whole: it begins at its start, at a size one can read.
export function start(modeler) {
  const canvas = modeler.get("canvas");
  fit(modeler);
  if (canvas.zoom() >= READABLE) return;
  const first = modeler.get("elementRegistry").find((one) => one.type === "bpmn:StartEvent");
  canvas.zoom(0.75, { x: 0, y: 0 });
  if (first) canvas.viewbox({ ...canvas.viewbox(), x: first.x - 240 });
  show(modeler, first);
}

// Brings an element into the middle unless it is well in sight.
export function show(modeler, element) {
  if (!element) return;
  const canvas = modeler.get("canvas");
  const box = element.waypoints ? { ...element.waypoints[0], width: 1, height: 1 } : element;
  const view = canvas.viewbox();
  const inside = box.x > view.x + 40 && box.y > view.y + 40 && box.x + box.width < view.x + view.width - 40 && box.y + box.height < view.y + view.height - 40;
  if (!inside) canvas.viewbox({ ...view, x: box.x + box.width / 2 - view.width / 2, y: box.y + box.height / 2 - view.height / 2 });
}

// A branch that is closed takes no command: what is selected can be read, nothing can be changed.
export function hold(modeler) {
  const commands = modeler.get("commandStack");
  commands.execute = () => {};
  commands.canExecute = () => false;
}

export function tools(frame, acts) {
  for (const button of frame.querySelectorAll("[data-do]")) {
    button.addEventListener("click", (event) => { const act = acts[button.dataset.do]; if (act) { event.preventDefault(); act(button); } });
  }
}
