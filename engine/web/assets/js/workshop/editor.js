// The editor of diagrams: bpmn-js, the properties panel, and the frame around them.
import Modeler from "bpmn-js/lib/Modeler";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "@bpmn-io/properties-panel/dist/assets/properties-panel.css";
import "bpmn-js-element-templates/dist/assets/element-templates.css";
import "diagram-js-minimap/assets/diagram-js-minimap.css";
import "bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css";
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from "bpmn-js-properties-panel";
import { ElementTemplatesPropertiesProviderModule } from "bpmn-js-element-templates";
import camundaModdle from "camunda-bpmn-moddle/resources/camunda.json";
import camundaBehaviours from "camunda-bpmn-js-behaviors/lib/camunda-platform";
import minimap from "diagram-js-minimap";
import { ask } from "./asking.js";
import { open, page } from "./bench.js";
import { empty, laidOut, needsLayout } from "./layout.js";
import { Marks } from "./marks.js";
import { applied, mendingModule, planned, sayings } from "./mending.js";
import { officeModule } from "./office.js";
import { property } from "./properties.js";
import { fit, hold, show, start, tools } from "./sight.js";
import { templatesModule } from "./templates.js";
import { translation } from "./words/index.js";
import { icon, make, said } from "./words.js";

const frame = document.querySelector("[data-bench]");
const part = (name) => frame.querySelector(`[data-part="${name}"]`);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const COLOURS = { defaultFillColor: colour("--surface"), defaultStrokeColor: colour("--ink-2"), defaultLabelColor: colour("--ink") };
// What the panel asks while it draws: filled in as the server answers.
const known = { catalogue: {}, problems: [], checked: false };
// Whole files as they were before something that the editor's own history cannot take back.
const past = [];

const modeler = new Modeler({
  container: "#canvas",
  propertiesPanel: { parent: "#panel" },
  additionalModules: [
    BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule,
    ElementTemplatesPropertiesProviderModule, camundaBehaviours, minimap, mendingModule, templatesModule, translation(page.language), officeModule(known),
  ],
  moddleExtensions: { camunda: camundaModdle },
  bpmnRenderer: COLOURS,
});
const get = (name) => modeler.get(name);
const registry = get("elementRegistry");
const marks = new Marks(modeler);
let bench, shown;

// ── the file in, the file out ─────────────────────────────────────────────────────────────────
let content = "", drawnAs = "";
const text = async () => (await modeler.saveXML({ format: true })).xml;

// A difference in spelling alone is none: what nobody changed is the file as it came.
async function read() {
  const now = await text();
  return now === drawnAs ? content : now;
}

async function write(given, how) {
  if (how !== "load") past.push(await read().catch(() => given));
  const xml = needsLayout(given) ? await laidOut(given, get("moddle")).catch(() => given) : given;
  part("laid").hidden = xml === given;
  const { warnings } = await modeler.importXML(xml).catch((problem) => ({ warnings: [problem], failed: problem }));
  part("failed").hidden = !warnings.some((one) => one instanceof Error && !modeler.getDefinitions());
  part("undrawn").textContent = xml === given ? "" : undrawn();
  [content, drawnAs] = [given, await text().catch(() => "")];
  if (how === "load") start(modeler);
  marks.comments();
  named();
}

// The layout draws one process; what it leaves out stays in the file all the same.
function undrawn() {
  const all = (modeler.getDefinitions()?.rootElements ?? []).flatMap((one) => one.flowElements ?? []);
  const left = all.filter((one) => one.id && !registry.get(one.id)).length;
  return left ? said("undrawn", { n: left }) : "";
}

function named() {
  const processes = (modeler.getDefinitions()?.rootElements ?? []).filter((one) => one.$type === "bpmn:Process");
  const main = processes.find((one) => one.isExecutable) ?? processes[0];
  if (!main) return;
  const pool = registry.find((one) => one.businessObject.processRef === main);
  part("title").textContent = name(main.id, main) || pool?.businessObject.name || main.id;
  part("key").textContent = main.id;
  for (const form of frame.querySelectorAll('[data-part="rehearse"]')) form.elements.process.value = main.id;
}

// What people call an element, in the language of the page; without a name, by what it is.
function name(id, given) {
  const element = registry.get(id);
  const own = given ?? element?.businessObject;
  const translated = page.language === "kk" ? "" : property(element ?? { businessObject: own, type: own?.$type }, `name:${page.language}`);
  return translated || own?.name || kind(element) || id;
}

// "bpmn:ParallelGateway" is «параллель шлюз»; empty for what the dictionary has no word for.
function kind(element) {
  const words = (element?.type ?? "").replace("bpmn:", "").replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const said_ = words && get("translate")(words);
  return said_ !== words || page.language === "en" ? said_ : "";
}

// ── problems ──────────────────────────────────────────────────────────────────────────────────
function go(id) {
  const element = registry.get(id);
  if (!element) return;
  const root = get("canvas").findRoot(element);
  if (root && root !== get("canvas").getRootElement()) get("canvas").setRootElement(root);
  show(modeler, element);
  get("selection").select(element);
}

function checked({ list }) {
  known.problems = list;
  known.checked = true;
  marks.found(list);
  beside();
  redraw();
}

// The selected element's problems, above its properties.
function beside() {
  const place = part("element-problems");
  const mine = shown ? known.problems.filter((one) => one.element === shown.id) : [];
  place.replaceChildren(...mine.map((one) => make("p", { class: one.severity === "error" ? "e" : "w" }, icon(one.severity === "error" ? "alert-circle" : "alert-triangle"), make("span", {}, one.said))));
}

// The panel draws itself again when an element changes; what the check or the catalogue say is such a change.
function redraw() {
  if (shown) get("eventBus").fire("propertiesPanel.providersChanged");
}

async function changes(content) {
  const steps = await planned(modeler, content).catch(() => null);
  return steps && sayings(steps, name, get("translate"));
}

async function apply(content) {
  const steps = await planned(modeler, content).catch(() => null);
  if (steps) applied(modeler, steps);
  else await write(content, "mend");
}

// ── what the header's buttons and the keys do ────────────────────────────────────────────────
let map = null, tokens = null;

async function undo() {
  const commands = get("commandStack");
  if (commands.canUndo()) commands.undo();
  else if (past.length) {
    await modeler.importXML(past.pop());
    bench.changed();
  }
}

let trying = false;
async function tryIt(button) {
  if (trying) return;
  trying = true;
  try { await tryOrEnd(button); } finally { trying = false; }
}

async function tryOrEnd(button) {
  const stage = document.getElementById("canvas"), place = document.getElementById("trial");
  const begin = !tokens;
  if (begin) {
    const view = get("canvas").viewbox();
    place.hidden = false;
    stage.hidden = true;
    const { trial } = await import("./trial.js");
    tokens = await trial({ container: place, xml: await text(), language: page.language });
    tokens.get("canvas").viewbox({ x: view.x, y: view.y, width: view.width, height: view.height });
  } else {
    tokens.destroy();
    tokens = null;
    place.hidden = true;
    stage.hidden = false;
  }
  frame.classList.toggle("trying-z", begin);
  button.setAttribute("aria-pressed", String(begin));
  part("try-word").textContent = said(begin ? "stop_tokens" : "play_tokens");
}

const looked = () => tokens ?? modeler;
const acts = {
  undo, redo: () => get("commandStack").redo(),
  find: () => { get("canvas").focus(); get("searchPad").toggle(); },
  map: (button) => { get("minimap").toggle(); button.setAttribute("aria-pressed", String(get("minimap").isOpen())); },
  in: () => looked().get("zoomScroll").stepZoom(1), out: () => looked().get("zoomScroll").stepZoom(-1), fit: () => fit(looked()),
  try: tryIt,
  props: () => { frame.classList.add("props-z"); scrollTo(0, 0); }, stage: () => frame.classList.remove("props-z"),
};

// ── listening ─────────────────────────────────────────────────────────────────────────────────
function listen() {
  const bus = get("eventBus");
  bus.on("commandStack.changed", () => { bench?.changed(); buttons(); marks.comments(); });
  bus.on("selection.changed", ({ newSelection }) => {
    shown = newSelection.length === 1 ? newSelection[0] : null;
    bench?.at(shown?.id ?? "");
    bench?.text();
    beside();
  });
  bus.on("canvas.viewbox.changed", ({ viewbox }) => { part("zoom").textContent = `${Math.round(viewbox.scale * 100)} %`; });
  bus.on("element.changed", ({ element }) => { if (element.type === "bpmn:Participant" || element.type === "bpmn:Process") named(); });
  // Before the editor's own: an empty history still has the file before the last cure.
  get("keyboard").addListener(2000, ({ keyEvent }) => {
    if ((keyEvent.ctrlKey || keyEvent.metaKey) && !keyEvent.shiftKey && keyEvent.code === "KeyZ" && !get("commandStack").canUndo() && past.length) { undo(); return true; }
    return undefined;
  });
  // The board beneath grows and shrinks with what the check finds.
  new ResizeObserver(() => { if (!document.getElementById("canvas").hidden) get("canvas").resized(); }).observe(document.getElementById("canvas"));
  // Wherever the focus is: the browser's own search finds nothing in a drawing.
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.code !== "KeyF" || event.defaultPrevented || event.target.closest?.("#tab-text")) return;
    event.preventDefault();
    get("canvas").focus();
    get("searchPad").toggle();
  });
  // Forms made in another window are there when one comes back.
  addEventListener("focus", () => catalogue());
}

function buttons() {
  const commands = get("commandStack");
  frame.querySelector('[data-do="undo"]').setAttribute("aria-disabled", String(!commands.canUndo() && !past.length));
  frame.querySelector('[data-do="redo"]').setAttribute("aria-disabled", String(!commands.canRedo()));
}

// Left out where it cannot be had: then names are typed.
async function catalogue() {
  known.catalogue = await ask(page.catalogue).catch(() => known.catalogue);
  redraw();
}

async function templates() {
  const found = await ask(page.templates).catch(() => []);
  if (found.length) get("elementTemplatesLoader").setTemplates(found);
}

async function begin() {
  // A palette would cover half of a phone; its handle opens it.
  if (matchMedia("(max-width: 767.98px)").matches) get("palette").close();
  tools(frame, acts);
  listen();
  buttons();
  const key = page.name.split("/").pop().replace(/\.bpmn$/, "").replace(/[^\w]/g, "_");
  const asked = [catalogue(), templates()];
  bench = await open({ read, write, empty: empty(key), go, trace: (ids, step) => marks.trace(ids, step), name, checked, changes, apply, hold: () => hold(modeler) });
  await Promise.all(asked);
  frame.dataset.complete = "1";
  performance.mark("usable");
}
begin();
