// The editor of forms: form-js's own (palette, drawing, properties), the product's rendering beside it, and a table of
// every text in three languages. Component types that our check refuses are not offered.
import { FormEditor } from "../../../../../node_modules/@bpmn-io/form-js/dist/form-editor.umd.js";
import "../../../../../node_modules/@bpmn-io/form-js/dist/assets/form-js.css";
import "../../../../../node_modules/@bpmn-io/form-js/dist/assets/form-js-editor.css";
import "../../../../../node_modules/@bpmn-io/form-js/dist/assets/properties-panel.css";
import "./formeditor.css";
import { ask } from "./asking.js";
import { open, page } from "./bench.js";
import { added, emptyForm, written } from "./form-file.js";
import { Preview } from "./form-preview.js";
import { Texts } from "./form-texts.js";
import { kazakh, nameForms } from "./words/forms.js";
import { make, said } from "./words.js";

const part = (name) => document.querySelector(`[data-part="${name}"]`);
const canvas = document.getElementById("canvas");
const editor = new FormEditor({
  container: canvas,
  renderer: { compact: true },
  palette: { parent: document.getElementById("palette") },
  propertiesPanel: { parent: document.getElementById("properties") },
});
nameForms(document.getElementById("stage"), page.language);
const get = (name) => editor.get(name);
const preview = new Preview(document.querySelector("[data-preview]"), { read: () => read() });
const texts = new Texts(part("texts"), part("untranslated"), {
  change: (field, properties) => get("modeling").editFormField(field, properties),
  field: (id) => get("formFieldRegistry").get(id),
  root: () => editor._getState().schema,
  select: (id) => select(id),
});

let bench;
let content = ""; // as it was drawn
let begun = {}; // the form in it
let noise = new Map(); // what form-js added to it by itself
let drawnAs = ""; // what the editor would write if nobody had changed anything
let list = []; // what the check says
let trouble = ""; // why the file cannot be drawn

// ── reading and drawing the file ───────────────────────────────────────────────────────────
async function write(text) {
  trouble = "";
  const chosen = get("selection").get()?.id;
  content = text;
  try {
    begun = JSON.parse(text);
    if (!Array.isArray(begun?.components)) throw new Error("components");
    await editor.importSchema(begun);
    noise = added(editor.getSchema(), begun);
    drawnAs = written(editor.getSchema(), begun, noise);
    part("failed").hidden = true;
  } catch (problem) {
    fail(said("not_json", { why: problem.message }));
    return;
  }
  document.getElementById("stage").inert = page.closed === "1";
  if (chosen) select(chosen);
  drawn();
}

// A difference in spelling alone is none: what was undone is the file as it came.
async function read() {
  if (trouble) return content;
  const now = written(editor.getSchema(), begun, noise);
  return now === drawnAs ? content : now;
}

// While the page opens, the bench is not there yet: it is told afterwards.
function fail(why) {
  trouble = why;
  document.getElementById("stage").inert = true;
  bench?.failed(why);
}

function drawn() {
  const { schema } = editor._getState();
  part("title").textContent = schema.properties?.[page.language === "kk" ? "name" : `name:${page.language}`] || schema.properties?.name || page.name.split("/").pop();
  texts.draw();
  preview.changed();
  tools();
  mark();
}

// ── what the check says ────────────────────────────────────────────────────────────────────
const shown = (id) => canvas.querySelector(`.fjs-element[data-id="${CSS.escape(id)}"]`);

function mark() {
  for (const old of canvas.querySelectorAll("[data-bad]")) old.removeAttribute("data-bad");
  for (const one of list) {
    const place = one.element && one.file === page.name && shown(one.element);
    if (place && place.dataset.bad !== "error") place.dataset.bad = one.severity;
  }
}

function select(id) {
  const field = get("formFieldRegistry").get(id);
  if (!field) return;
  get("selection").set(field);
  setTimeout(() => shown(id)?.scrollIntoView({ block: "nearest" }));
}

// A diagram that has something to say of this form is another page.
function go(id, problem) {
  if (problem?.file && problem.file !== page.name) window.open(page.editors + problem.file, "_blank", "noopener");
  else select(id);
}

// What the form is made of, by name: its question, else its key.
function name(id) {
  const field = get("formFieldRegistry").get(id);
  const label = field && (page.language === "kk" ? field.label : field.properties?.[`label:${page.language}`] || field.label);
  return label || field?.key || id;
}

// ── what the diagrams do with it ───────────────────────────────────────────────────────────
let uses = null; // asked once: the diagrams do not change under one's hands

async function askUses() {
  uses = await ask(part("used").dataset.uses).catch(() => null);
  used();
}

// Of the chosen field who reads it; of the form the steps that show it, and who reads what comes of it: the domain may
// give the diagram other variables than the fields, so that nothing is said of a field that nobody names.
function used() {
  const chosen = get("selection").get();
  const place = part("used");
  const whole = !chosen || chosen.type === "default";
  const readers = whole ? Object.entries(uses?.readers ?? {}) : [`${chosen.key ?? chosen.path ?? ""}`.split(".")[0]].map((key) => [key, uses?.readers[key]]).filter(([, places]) => places);
  const told = readers.map(([key, places]) => make("span", {}, said("used_in", { key, places: places.join("; ") })));
  const steps = uses?.steps.join("; ");
  if (whole && uses) told.unshift(make("span", {}, steps ? said("shown_at", { steps }) : said("shown_nowhere")));
  place.hidden = !told.length;
  place.replaceChildren(...told);
}

// ── what one does ──────────────────────────────────────────────────────────────────────────
editor.on("commandStack.changed", () => {
  drawn();
  bench?.changed();
});
editor.on("selection.changed", ({ selection }) => {
  if (!selection || selection.type === "default") return;
  bench?.at(selection.id);
  texts.light(selection.id);
});
editor.on("selection.changed", () => used());

// A new component asks in Kazakh from the start, and is what one sets up next.
get("eventBus").on("commandStack.formField.add.preExecute", ({ context: { formField } }) => {
  if (page.language !== "kk") return;
  const label = kazakh(formField.label);
  if (label) formField.label = label;
});
get("eventBus").on("commandStack.formField.add.postExecuted", ({ context: { formField } }) => setTimeout(() => select(formField.id)));
// Where dragging is hard, a click adds at the end, as Enter does.
document.getElementById("palette").addEventListener("click", ({ target, detail }) => {
  const entry = target.closest("[data-field-type]");
  if (!entry || detail === 0) return;
  const { schema } = editor._getState();
  get("modeling").addFormField({ type: entry.dataset.fieldType }, schema, schema.components.length);
});

const can = { undo: "canUndo", redo: "canRedo" };
function tools() {
  for (const [step, may] of Object.entries(can)) document.querySelector(`[data-do="${step}"]`).setAttribute("aria-disabled", String(!get("commandStack")[may]() || page.closed === "1"));
}
for (const step of Object.keys(can)) document.querySelector(`[data-do="${step}"]`).addEventListener("click", () => get("commandStack")[can[step]]() && get("commandStack")[step]());

async function begin() {
  bench = await open({
    read, write, name,
    empty: emptyForm(page.name),
    go,
    checked: (answer) => { list = answer.list; mark(); },
    tab: (chosen) => { if (chosen === "languages") texts.draw(); },
  });
  if (trouble) bench.failed(trouble);
  tools();
  askUses();
}

begin();
