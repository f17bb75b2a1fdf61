// The editor of decision tables: dmn-js in the editors' frame. A file may hold several decisions: each is a view of its
// own, and one shows how they hang together. What the check says of a rule or cell is marked there and told above it.
import Modeler from "dmn-js/lib/Modeler";
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn.css";
import "./tables.css";
import { open, page } from "./bench.js";
import { emptyTable, outline } from "./tables-file.js";
import { translation } from "./words/index.js";
import { icon, make, said } from "./words.js";

const NAMED = 2; // problems told above a table; the rest stand below in the list
const container = document.getElementById("canvas");
const views = document.querySelector('[data-part="views"]');
const found = document.querySelector('[data-part="found"]');
const words = { additionalModules: [translation(page.language)] };

// dmn-js draws a table only as what a decision decides by; a function whose body is a table is shown to it as one.
class Tables extends Modeler {
  _getViewProviders() {
    return super._getViewProviders().map((one) => (one.id === "decisionTable" ? { ...one, opens: (element) => one.opens(element) || isFunction(element) } : one));
  }
}

function isFunction(element) {
  const body = element.encapsulatedLogic?.body;
  if (!body?.$instanceOf?.("dmn:DecisionTable")) return false;
  // Beside its attributes, so that it isn't written.
  Object.defineProperty(element, "decisionLogic", { configurable: true, enumerable: false, get: () => element.encapsulatedLogic.body });
  return true;
}

const modeler = new Tables({ container, common: {}, drd: words, decisionTable: words, literalExpression: words, boxedExpression: words });

let bench;
let content = ""; // as it was drawn
let drawnAs = ""; // what the editor would write if nobody had changed anything
let trouble = ""; // why the file cannot be drawn
let list = []; // what the check says
let file = outline(""); // whose each id is

// ── reading and drawing the file ───────────────────────────────────────────────────────────
async function write(xml) {
  const shown = modeler.getActiveView()?.id;
  content = xml;
  trouble = "";
  file = outline(xml);
  if (file.foreign) {
    fail(said("dmn_foreign"));
    return;
  }
  try {
    await modeler.importXML(xml, { open: false });
  } catch (problem) {
    fail(said("dmn_broken", { why: problem.message }));
    return;
  }
  drawnAs = await text();
  await show(modeler.getViews().find((one) => one.id === shown) ?? first());
  document.querySelector('[data-part="title"]').textContent = modeler.getDefinitions().name || page.name.split("/").pop();
  container.inert = page.closed === "1";
}

// The only decision is what one came for; several begin with how they hang together.
function first() {
  const all = modeler.getViews();
  const decisions = all.filter((one) => one.type !== "drd");
  const drawn = modeler.getDefinitions().get("dmnDI")?.diagrams?.length;
  return decisions.length === 1 || !drawn ? decisions[0] ?? all[0] : all[0];
}

// While the page opens, the bench is not there yet: it is told afterwards.
function fail(why) {
  trouble = why;
  container.inert = true;
  bench?.failed(why);
}

const text = async () => (await modeler.saveXML({ format: true })).xml;

// A difference in spelling alone is none: what was undone is the file as it came.
async function read() {
  if (trouble) return content;
  const xml = await text();
  if (xml === drawnAs) return content;
  file = outline(xml);
  return xml;
}

// ── views ──────────────────────────────────────────────────────────────────────────────────
async function show(view) {
  if (!view) return;
  await modeler.open(view);
  const viewer = modeler.getActiveViewer();
  container.dataset.kind = isFunction(view.element) ? "function" : view.type;
  if (view.type === "drd") viewer.get("canvas").zoom("fit-viewport", "auto");
  draw();
}

function draw() {
  const active = modeler.getActiveView();
  views.replaceChildren(...modeler.getViews().map((view) => {
    const label = view.type === "drd" ? said("requirements") : view.element.name || view.element.id || said("unnamed");
    const kinds = { drd: "sitemap", decisionTable: "table", literalExpression: "math-function", boxedExpression: "math-function" };
    const bad = view.type === "drd" ? 0 : list.filter((one) => file.owner(one.element) === view.element.id).length;
    return make("button", { type: "button", class: "btn btn-s btn-quiet", "aria-current": view.id === active?.id, "data-view": view.id, onclick: () => show(view) },
      drawn(kinds[view.type]), label, bad ? make("span", { class: "n" }, String(bad)) : null);
  }));
  tell();
  mark();
}

// Named one by one, so that the build finds the icons.
const drawn = (name) => ({ sitemap: () => icon("sitemap"), table: () => icon("table"), "math-function": () => icon("math-function") })[name]?.() ?? icon("table");

// ── what the check says ────────────────────────────────────────────────────────────────────
const here = () => {
  const view = modeler.getActiveView();
  return view && view.type !== "drd" ? list.filter((one) => file.owner(one.element) === view.element.id) : [];
};

function tell() {
  const mine = here();
  found.hidden = !mine.length;
  const rest = mine.length - NAMED;
  found.replaceChildren(
    ...mine.slice(0, NAMED).map((one) => make("li", { class: one.severity === "error" ? "e" : "w", "data-code": one.code }, one.severity === "error" ? icon("alert-circle") : icon("alert-triangle"),
      make("button", { type: "button", class: "prob-say", title: one.said, onclick: () => go(one.element, one) }, one.said))),
    ...(rest > 0 ? [make("li", { class: "muted" }, said("more", { n: rest }))] : []),
  );
}

// Inferno keeps its hands off attributes it does not know.
function mark() {
  for (const old of container.querySelectorAll("[data-bad]")) old.removeAttribute("data-bad");
  for (const one of here()) {
    for (const place of places(one.element)) if (place.dataset.bad !== "error") place.dataset.bad = one.severity;
  }
  const viewer = modeler.getActiveViewer();
  if (modeler.getActiveView()?.type !== "drd" || !viewer) return;
  const canvas = viewer.get("canvas");
  for (const shape of viewer.get("elementRegistry").getAll()) {
    if (!shape.parent) continue;
    const bad = list.filter((one) => file.owner(one.element) === shape.id);
    canvas[bad.some((one) => one.severity === "error") ? "addMarker" : "removeMarker"](shape.id, "bad-z");
    canvas[bad.length ? "addMarker" : "removeMarker"](shape.id, "doubt-z");
  }
}

// The cells that show an element: its own, or those of its rule, or of the nearest thing that has any.
function places(id) {
  for (const one of file.line(id)) {
    const cells = container.querySelectorAll(`[data-element-id="${CSS.escape(one)}"], [data-row-id="${CSS.escape(one)}"], [data-col-id="${CSS.escape(one)}"]`);
    const exact = [...cells].filter((cell) => cell.dataset.elementId === one && cell.dataset.rowId !== one);
    if (exact.length || cells.length) return exact.length ? exact : [...cells].filter((cell) => cell.dataset.rowId === one || cell.tagName === "TH");
  }
  return [];
}

async function go(id, problem) {
  if (problem?.file && problem.file !== page.name) {
    window.open(page.editors + problem.file, "_blank", "noopener");
    return;
  }
  const owner = file.owner(id);
  const view = modeler.getViews().find((one) => one.element.id === owner);
  if (view && view.id !== modeler.getActiveView()?.id) await show(view);
  const [place] = places(id);
  if (!place) return;
  place.scrollIntoView({ block: "center", inline: "center" });
  place.dataset.here = "1";
  setTimeout(() => delete place.dataset.here, 1600);
}

// ── what one does ──────────────────────────────────────────────────────────────────────────
modeler.on("viewer.created", ({ viewer }) => {
  viewer.on("commandStack.changed", () => {
    tools();
    bench?.changed();
  });
});
modeler.on("views.changed", () => draw());

function step(name) {
  const stack = modeler.getActiveViewer()?.get("commandStack", false);
  if (stack?.[name === "undo" ? "canUndo" : "canRedo"]()) stack[name]();
}

function tools() {
  const stack = modeler.getActiveViewer()?.get("commandStack", false);
  for (const [name, can] of [["undo", "canUndo"], ["redo", "canRedo"]]) {
    document.querySelector(`[data-do="${name}"]`).setAttribute("aria-disabled", String(!stack?.[can]() || page.closed === "1"));
  }
}

for (const name of ["undo", "redo"]) document.querySelector(`[data-do="${name}"]`).addEventListener("click", () => step(name));
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, [contenteditable=true], .cm-editor, .dmn-z")) return;
  const key = event.key.toLowerCase();
  const name = key === "z" && !event.shiftKey ? "undo" : key === "y" || (key === "z" && event.shiftKey) ? "redo" : "";
  if (name) { event.preventDefault(); step(name); }
});
container.addEventListener("focusin", ({ target }) => {
  const cell = target.closest("[data-row-id], [data-element-id], [data-col-id]");
  if (cell) bench?.at(cell.dataset.rowId ?? cell.dataset.elementId ?? cell.dataset.colId);
});
// Rows that were drawn anew have no marks yet.
let planned = 0;
new MutationObserver(() => { cancelAnimationFrame(planned); planned = requestAnimationFrame(mark); }).observe(container, { childList: true, subtree: true });

async function begin() {
  bench = await open({
    read, write, go,
    empty: emptyTable(page.name),
    name: (id) => file.name(id, said),
    checked: (answer) => { list = answer.list.filter((one) => one.file === page.name); draw(); },
  });
  if (trouble) bench.failed(trouble);
  tools();
}

begin();
