// Every text of a form in three languages, in one table: what is Kazakh stands where form-js has it, Russian and English
// in the component's properties (`label:ru`), those of an answer beside it.
import { make, said } from "./words.js";

const LANGUAGES = ["kk", "ru", "en"];
const LABELLED = new Set(["textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "taglist", "filepicker", "dynamiclist", "group", "datetime"]);

// A text of a component: attribute of itself, translations in its properties.
const own = (field, attribute, value, put) => ({
  id: field.id, key: `${field.id}:${attribute}`, what: said(`what_${attribute}`),
  get: (language) => (language === "kk" ? value(field) : field.properties?.[`${attribute}:${language}`]) ?? "",
  set: (language, text) => (language === "kk" ? put(field, text) : { properties: without({ ...field.properties, [`${attribute}:${language}`]: text }) }),
});
const without = (properties) => Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== ""));
const nested = (group, name) => [(field) => field[group]?.[name], (field, text) => ({ [group]: { ...field[group], [name]: text || undefined } })];
const plain = (name) => [(field) => field[name], (field, text) => ({ [name]: text })];
const property = (name) => [(field) => field.properties?.[name], (field, text) => ({ properties: without({ ...field.properties, [name]: text }) })];

// A text of an answer: all three stand in the answer itself.
function answer(field, at, attribute) {
  const said_ = { label: "what_option", description: "what_option_hint" }[attribute];
  const name = (language) => (language === "kk" ? attribute : `${attribute}:${language}`);
  return {
    id: field.id, key: `${field.id}:${at}:${attribute}`, what: said(said_, { value: field.values[at].value }), inner: true,
    get: (language) => field.values[at][name(language)] ?? "",
    set: (language, text) => ({ values: field.values.map((one, number) => (number === at ? without({ ...one, [name(language)]: text }) : one)) }),
  };
}

function of(field) {
  const rows = [];
  if (LABELLED.has(field.type)) rows.push(own(field, "label", ...plain("label")));
  if (field.type === "text") rows.push({ ...own(field, "text", ...plain("text")), long: true });
  if (field.description) rows.push(own(field, "description", ...plain("description")));
  if (field.validate?.pattern) rows.push(own(field, "patternErrorMessage", ...nested("validate", "patternErrorMessage")));
  if (field.appearance?.suffixAdorner) rows.push(own(field, "suffix", ...nested("appearance", "suffixAdorner")));
  if (field.type === "dynamiclist") rows.push(own(field, "row", ...property("row")));
  (field.values ?? []).forEach((one, at) => {
    rows.push(answer(field, at, "label"));
    if (one.description) rows.push(answer(field, at, "description"));
  });
  return [...rows, ...(field.components ?? []).flatMap(of)];
}

export class Texts {
  constructor(place, counted, { change, field, root, select }) {
    Object.assign(this, { place, counted, change, field, root, select, rows: [], inputs: new Map() });
  }

  // The texts as they are now; a field that one types in keeps the caret.
  draw() {
    const root = this.root();
    const name = { ...own(root, "name", ...property("name")), what: said("form_name") };
    const rows = [name, ...(root.components ?? []).flatMap(of)];
    const same = rows.length === this.rows.length && rows.every((one, at) => one.key === this.rows[at].key && one.what === this.rows[at].what);
    this.rows = rows;
    if (same) this.fill();
    else this.build();
    const missing = rows.slice(1).filter((one) => one.get("kk") && LANGUAGES.some((language) => !one.get(language))).length;
    this.counted.textContent = missing || "";
  }

  build() {
    this.inputs.clear();
    this.place.replaceChildren(...this.rows.map((row, at) => {
      const head = make("th", { scope: "row", class: row.inner ? "inner" : "" }, make("button", { type: "button", class: "what-z", onclick: () => this.select(row.id) }, row.what));
      return make("tr", { "data-id": row.id }, head, ...LANGUAGES.map((language) => make("td", {}, this.input(at, language))));
    }));
    if (this.rows.length === 1) this.place.append(make("tr", {}, make("td", { colspan: 4, class: "muted" }, said("no_texts"))));
    this.fill();
  }

  input(at, language) {
    const label = `${this.rows[at].what}, ${language}`;
    const input = make(this.rows[at].long ? "textarea" : "input", { class: "form-control", lang: language, "aria-label": label, rows: this.rows[at].long ? 2 : false });
    input.addEventListener("input", () => this.typed(at, language, input.value));
    this.inputs.set(`${at}:${language}`, input);
    return input;
  }

  typed(at, language, text) {
    const row = this.rows[at];
    const field = row.id === this.root().id ? this.root() : this.field(row.id);
    if (field) this.change(field, row.set(language, text));
  }

  fill() {
    this.rows.forEach((row, at) => {
      for (const language of LANGUAGES) {
        const input = this.inputs.get(`${at}:${language}`);
        const value = row.get(language);
        if (input.value !== value) input.value = value;
        input.toggleAttribute("data-missing", !value && Boolean(row.get("kk")) && row !== this.rows[0]);
      }
    });
  }

  light(id) {
    for (const row of this.place.children) row.toggleAttribute("data-on", row.dataset.id === id);
    this.place.querySelector("[data-on]")?.scrollIntoView({ block: "nearest" });
  }
}
