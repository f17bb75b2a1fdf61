// A mended file as steps of the editor: another kind of gateway, a default flow, something taken away. What these
// steps cannot say is told by returning null: then the file is drawn anew.
import { is } from "bpmn-js/lib/util/ModelUtil";
import { said } from "./words.js";

const LOOSE = /^(incoming|outgoing|flowNodeRef|di|\$.*|gatewayDirection)$/;

function elements(root) {
  const found = new Map();
  const walk = (one) => {
    if (one.id) found.set(one.id, one);
    for (const each of one.get?.("flowElements") ?? []) walk(each);
  };
  for (const each of root.get("rootElements")) if (is(each, "bpmn:Process")) walk(each);
  return found;
}

// A comparable picture of an attribute: ids of what it points at, text of what it holds.
function drawn(value, deep = 0) {
  if (Array.isArray(value)) return value.map((one) => drawn(one, deep)).join(";");
  if (value && typeof value === "object") {
    if (value.id && deep) return value.id;
    const own = Object.keys(value).filter((name) => !LOOSE.test(name) && name !== "id").map((name) => `${name}=${drawn(value[name], deep + 1)}`);
    return deep > 6 ? "" : `${value.$type ?? ""}{${own.join(",")}}`;
  }
  return `${value ?? ""}`;
}

const ownNames = (one) => Object.keys(one).filter((name) => !LOOSE.test(name) && name !== "flowElements" && name !== "laneSets");
const CARRIED = new Set(["default", "sourceRef", "targetRef", "conditionExpression"]);

// Returns the steps, or null if something differs that they cannot say.
export async function planned(modeler, xml) {
  const { rootElement } = await modeler.get("moddle").fromXML(xml);
  const before = elements(modeler.getDefinitions()), after = elements(rootElement);
  const steps = [];
  for (const [id, old] of before) {
    const now = after.get(id);
    if (!now) { steps.push({ kind: "gone", id }); continue; }
    if (old.$type !== now.$type) steps.push({ kind: "type", id, from: old.$type, to: now.$type });
    for (const name of new Set([...ownNames(old), ...ownNames(now)])) {
      const [was, is_] = [drawn(old[name], 1), drawn(now[name], 1)];
      if (was === is_) continue;
      if (name === "default") steps.push({ kind: "default", id, to: now.default?.id });
      else if (name === "conditionExpression" && !now[name]) steps.push({ kind: "condition", id });
      else if ((name === "sourceRef" || name === "targetRef") && now[name]) steps.push({ kind: name, id, to: now[name].id });
      else return null;
    }
  }
  if ([...after.keys()].some((id) => !before.has(id))) return null;
  return steps.length && steps.every((one) => modeler.get("elementRegistry").get(one.id)) ? steps : null;
}

export function sayings(steps, name, translate) {
  const kind = (type) => translate(type.replace("bpmn:", "").replace(/([a-z])([A-Z])/g, "$1 $2"));
  const say = {
    type: (one) => said("mend_type", { name: name(one.id), from: kind(one.from), to: kind(one.to) }),
    default: (one) => (one.to ? said("mend_default", { name: name(one.id), flow: name(one.to) }) : said("mend_no_default", { name: name(one.id) })),
    condition: (one) => said("mend_condition", { name: name(one.id) }),
    gone: (one) => said("mend_gone", { name: name(one.id) }),
    sourceRef: (one) => said("mend_flow", { name: name(one.id), to: name(one.to) }),
    targetRef: (one) => said("mend_flow", { name: name(one.id), to: name(one.to) }),
  };
  return steps.map((one) => say[one.kind](one));
}

// One command, so that one Ctrl+Z takes it back.
class Mending {
  constructor(injector) { this.injector = injector; }

  preExecute({ steps }) {
    const get = (name) => this.injector.get(name);
    const registry = get("elementRegistry"), modeling = get("modeling");
    const order = ["sourceRef", "targetRef", "type", "default", "condition", "gone"];
    for (const step of [...steps].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) this.step(step, { registry, modeling, bpmnReplace: get("bpmnReplace") });
  }

  step({ kind, id, to }, { registry, modeling, bpmnReplace }) {
    const element = registry.get(id);
    if (!element) return; // went with another
    if (kind === "type") bpmnReplace.replaceElement(element, { type: to }, { select: false });
    else if (kind === "default") modeling.updateProperties(element, { default: to ? registry.get(to).businessObject : undefined });
    else if (kind === "condition") modeling.updateProperties(element, { conditionExpression: undefined });
    else if (kind === "sourceRef") modeling.reconnectStart(element, registry.get(to), element.waypoints[0]);
    else if (kind === "targetRef") modeling.reconnectEnd(element, registry.get(to), element.waypoints.at(-1));
    else modeling.removeElements([element]);
  }

  execute() { return []; }
  revert() { return []; }
}
Mending.$inject = ["injector"];

export const mendingModule = { __init__: [["commandStack", (commands) => commands.registerHandler("office.mend", Mending)]] };

export function applied(modeler, steps) {
  modeler.get("commandStack").execute("office.mend", { steps });
}
