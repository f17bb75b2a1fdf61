// What the check found, on the drawing: a number at each element, the trace with its numbers.
import { properties } from "./properties.js";
import { icon, make } from "./words.js";

const FOUND = "found", STEP = "step", SPOKEN = "spoken";

export class Marks {
  constructor(modeler) {
    this.canvas = modeler.get("canvas");
    this.registry = modeler.get("elementRegistry");
    this.overlays = modeler.get("overlays");
    this.marked = [];
  }

  put(element, name) {
    this.canvas.addMarker(element, name);
    this.marked.push([element.id, name]);
  }

  wipe(names) {
    for (const [id, name] of this.marked) if (names.test(name) && this.registry.get(id)) this.canvas.removeMarker(id, name);
    this.marked = this.marked.filter(([, name]) => !names.test(name));
  }

  found(list) {
    this.wipe(/^z-(bad|warn)$/);
    this.overlays.remove({ type: FOUND });
    const by = new Map();
    for (const one of list) if (one.element) by.set(one.element, [...(by.get(one.element) ?? []), one]);
    for (const [id, all] of by) {
      const element = this.registry.get(id);
      if (!element || element === this.canvas.getRootElement()) continue;
      const bad = all.some((one) => one.severity === "error");
      this.put(element, bad ? "z-bad" : "z-warn");
      const html = make("span", { class: `z-mark ${bad ? "e" : "w"}`, title: all.map((one) => one.said).join("\n") }, String(all.length));
      this.overlays.add(id, FOUND, { position: element.waypoints ? { top: -8, left: -8 } : { bottom: 8, left: -8 }, html });
    }
  }

  // Where somebody left a comment.
  comments() {
    this.overlays.remove({ type: SPOKEN });
    for (const element of this.registry.getAll()) {
      if (element.type === "label" || element === this.canvas.getRootElement()) continue;
      const said = properties(element).filter((one) => one.name === "comment");
      if (!said.length) continue;
      const html = make("span", { class: "z-spoken", title: said.map((one) => one.value).join("\n") }, icon("message"));
      this.overlays.add(element.id, SPOKEN, { position: { top: -10, left: -10 }, html });
    }
  }

  // The flows between two steps belong to the way.
  trace(ids, lit) {
    this.wipe(/^z-(trace|lit)$/);
    this.overlays.remove({ type: STEP });
    const steps = ids.map((id) => this.registry.get(id));
    const numbers = new Map();
    steps.forEach((element, at) => {
      if (!element) return;
      this.put(element, "z-trace");
      if (at === lit) this.put(element, "z-lit");
      const before = steps[at - 1];
      for (const flow of before?.outgoing ?? []) if (flow.target === element) this.put(flow, "z-trace");
      numbers.set(element, [...(numbers.get(element) ?? []), at + 1]);
    });
    for (const [element, all] of numbers) {
      const html = make("span", { class: "z-step" }, all.join(", "));
      this.overlays.add(element.id, STEP, { position: element.waypoints ? { top: -10, left: 0 } : { top: -10, right: 14 }, html });
    }
  }
}
