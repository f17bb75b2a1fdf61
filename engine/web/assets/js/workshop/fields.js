// Fields of our own in the properties panel: choosing from what there is, expressions with completion, working days.
import { useEffect, useRef, useState } from "@bpmn-io/properties-panel/preact/hooks";
import { h } from "@bpmn-io/properties-panel/preact";
import { said } from "./words.js";

const PAUSE = 100; // ms between the last key and the change of the diagram

function Entry({ id, label, type, children, description }) {
  return h("div", { class: "bio-properties-panel-entry entry-z", "data-entry-id": id },
    h("label", { class: "bio-properties-panel-label", for: `z-${id}` }, label, type && h("span", { class: "ty" }, type)),
    children,
    description && h("div", { class: "bio-properties-panel-description" }, description));
}

// What is typed stays in the field while the diagram follows; another element brings its own value.
function useTyped(value, write, key) {
  const [typed, setTyped] = useState(value);
  const [sure, setSure] = useState(value);
  const timer = useRef(0), last = useRef(null);
  if (value !== sure) {
    setSure(value);
    if (last.current === null) setTyped(value); // else the field is ahead of the diagram
  }
  const flush = () => {
    clearTimeout(timer.current);
    if (last.current !== null) { const text = last.current; last.current = null; write(text); }
  };
  useEffect(() => flush, [key]);
  const type = (text) => {
    setTyped(text);
    last.current = text;
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, PAUSE);
  };
  return [typed, type, flush];
}

export function TextField({ element, id, label, type, get, set, rows = 1, lang, description, placeholder }) {
  const [typed, write, flush] = useTyped(get(), set, element);
  const common = { id: `z-${id}`, class: "bio-properties-panel-input", value: typed, lang, placeholder, onInput: (event) => write(event.target.value), onBlur: flush, spellcheck: lang ? true : false, autocomplete: "off" };
  return h(Entry, { id, label, type, description }, rows > 1 ? h("textarea", { ...common, rows }) : h("input", { ...common, type: "text" }));
}

// One of what there is; a name that is not there yet can be typed.
export function PickField({ id, label, get, set, options, open, fresh, none = true }) {
  const value = get();
  const [naming, setNaming] = useState(false);
  const known = options.some((one) => one.value === value);
  const choose = (event) => {
    if (event.target.value === "\u0000new") { setNaming(true); return; }
    setNaming(false);
    set(event.target.value);
  };
  // Not onChange: the panel's library takes that for every key.
  const name = (event) => { if (event.target.value.trim()) { set(event.target.value.trim()); setNaming(false); } };
  return h(Entry, { id, label },
    h("select", { id: `z-${id}`, class: "bio-properties-panel-input", value: naming ? "\u0000new" : value, onChange: choose },
      none && h("option", { value: "" }, said("none")),
      !known && value && h("option", { value }, said("not_there", { name: value })),
      options.map((one) => h("option", { value: one.value, key: one.value }, one.title && one.title !== one.value ? `${one.title} (${one.value})` : one.value)),
      fresh !== undefined && h("option", { value: "\u0000new" }, fresh)),
    naming && h("input", { type: "text", class: "bio-properties-panel-input", "aria-label": fresh, placeholder: said("name_it"), onBlur: name, onKeyDown: (event) => { if (event.key === "Enter") name(event); }, ref: (field) => field?.focus() }),
    value && open && h("a", { class: "pick-open", href: open(value, known), target: "_blank" }, known ? said("open_it") : said("make_it")));
}

const WORD = /[\p{L}_][\p{L}\p{N}_.]*$/u;

function candidates(before, variables, functions) {
  const word = WORD.exec(before)?.[0] ?? "";
  const [whole, member] = [word.slice(0, word.indexOf(".")), word.includes(".")];
  const known = member ? variables.find((one) => one.name === whole)?.members ?? [] : null;
  const fits = (name) => name !== word && name.toLowerCase().startsWith(word.toLowerCase());
  if (known) return { word, found: known.map((one) => `${whole}.${one}`).filter(fits).slice(0, 9).map((insert) => ({ insert, kind: "" })) };
  const found = [
    ...variables.filter((one) => fits(one.name)).map((one) => ({ insert: one.name, kind: one.sure === false ? said("maybe", { type: one.type ?? "" }) : one.type ?? "" })),
    ...functions.filter((one) => fits(one.name)).map((one) => ({ insert: `${one.name}(`, kind: one.signature ?? "", about: one.about })),
  ];
  return { word, found: found.slice(0, 9) };
}

// An expression: variables that are set at this element and functions are offered as one types (Ctrl+Space asks),
// what the check says of it stands beneath.
export function ExpressionField({ element, id, label, type, get, set, known, wanted = isExpression, rows = 2 }) {
  const [typed, write, flush] = useTyped(get(), set, element);
  const [offer, setOffer] = useState({ found: [], at: 0, word: "" });
  const field = useRef(null);
  const variables = known.catalogue.variables?.[element.source?.id ?? element.id] ?? known.catalogue.variables?.[element.id] ?? [];
  const look = (target, force) => {
    const { word, found } = candidates(target.value.slice(0, target.selectionStart), variables, known.catalogue.functions ?? []);
    setOffer({ found: word || force ? found : [], at: 0, word });
  };
  const take = (one) => {
    const target = field.current, end = target.selectionStart, start = end - offer.word.length;
    const text = target.value.slice(0, start) + one.insert + target.value.slice(end);
    write(text);
    setOffer({ found: [], at: 0, word: "" });
    requestAnimationFrame(() => { target.focus(); target.setSelectionRange(start + one.insert.length, start + one.insert.length); });
  };
  const keys = (event) => {
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); look(event.target, true); return; }
    if (!offer.found.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setOffer({ ...offer, at: (offer.at + step + offer.found.length) % offer.found.length });
    else if (event.key === "Enter" || event.key === "Tab") take(offer.found[offer.at]);
    else if (event.key === "Escape") setOffer({ ...offer, found: [] });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const told = known.problems.filter((one) => one.element === element.id && wanted(one));
  const list = `z-${id}-offer`;
  return h(Entry, { id, label, type },
    h("div", { class: "feel-z" },
      h("textarea", { id: `z-${id}`, ref: field, class: `bio-properties-panel-input mono${told.length ? " bad-z" : ""}`, rows, value: typed, spellcheck: false, autocomplete: "off", role: "combobox", "aria-expanded": String(offer.found.length > 0), "aria-controls": list, "aria-autocomplete": "list",
        onInput: (event) => { write(event.target.value); look(event.target); }, onKeyDown: keys, onBlur: () => { flush(); setTimeout(() => setOffer({ found: [], at: 0, word: "" }), 150); } }),
      offer.found.length > 0 && h("ul", { class: "offer-z", id: list, role: "listbox" }, offer.found.map((one, at) =>
        h("li", { role: "option", "aria-selected": String(at === offer.at), title: one.about ?? "", key: one.insert, onMouseDown: (event) => { event.preventDefault(); take(one); } }, h("b", {}, one.insert), h("span", {}, one.kind))))),
    told.map((one) => h("p", { class: `told-field ${one.severity}`, key: one.message }, one.said)),
    !told.length && typed && known.checked && h("p", { class: "told-field fine" }, said("fits")));
}

export const isExpression = (problem) => /expression|feel|variable|function|condition|timer|input|default/.test(problem.code);

// "2 working days" for ${working_days(2)}; a limit of the register may stand for the number.
export const DAYS = /^\s*\$\{\s*working_days\(([^(),]+)\)\s*\}\s*$/;
export const CYCLE = /^\s*\$\{\s*working_day_cycle\(working_days\(([^(),]+)\)\)\s*\}\s*$/;
export const days = (n) => `\${working_days(${n})}`;
export const cycle = (n) => `\${working_day_cycle(working_days(${n}))}`;

export function DaysField({ element, id, label, get, set, known, pattern = DAYS, write = days, none = true }) {
  const value = get();
  const fits = pattern.exec(value);
  const [asked, setAsked] = useState("");
  const kind = asked || (fits ? "days" : value ? "other" : "");
  const choose = (event) => {
    const next = event.target.value;
    setAsked(next === "other" ? "other" : "");
    if (next === "") set("");
    if (next === "days") set(write(1));
  };
  return h("div", {},
    h(Entry, { id, label },
      h("select", { id: `z-${id}`, class: "bio-properties-panel-input", value: kind, onChange: choose },
        none && h("option", { value: "" }, said("no_term")), h("option", { value: "days" }, said("working_days")), h("option", { value: "other" }, said("other_expression")))),
    kind === "days" && h(TextField, { element, id: `${id}-n`, label: said("how_many"), type: said("days_or_limit"), get: () => fits?.[1].trim() ?? "1", set: (text) => { if (text.trim()) set(write(text.trim())); } }),
    kind === "other" && h(ExpressionField, { element, id: `${id}-expression`, label: said("expression"), get: () => value, set, known }));
}

// Role at office; several candidates one beneath another.
export function CandidatesField({ id, label, get, set, known }) {
  const rows = get().split(",").map((one) => one.trim()).filter(Boolean).map((one) => { const at = one.indexOf("@"); return at < 0 ? { role: one, office: "" } : { role: one.slice(0, at), office: one.slice(at + 1) }; });
  const [more, setMore] = useState(false);
  const shown = rows.length && !more ? rows : [...rows, { role: "", office: "" }];
  const write = (next) => { const whole = next.filter((one) => one.role && one.office); setMore(next.length > whole.length && whole.length > 0); if (whole.length || !next.length) set(whole.map((one) => `${one.role}@${one.office}`).join(",")); };
  const [half, setHalf] = useState({});
  const change = (at, part) => (event) => {
    const next = shown.map((one, number) => (number === at ? { ...one, ...(number >= rows.length ? half : {}), [part]: event.target.value } : one));
    if (at >= rows.length) setHalf({ ...half, [part]: event.target.value });
    if (next[at].role && next[at].office) { setHalf({}); write(next); }
  };
  const offices = (known.catalogue.offices ?? []).map((one) => ({ value: one.expression ? (one.expression.startsWith("$") ? one.expression : `\${${one.expression}}`) : one.code, title: one.title }));
  const [ways, codes] = [offices.filter((one) => one.value.startsWith("$")), offices.filter((one) => !one.value.startsWith("$"))];
  const roles = (known.catalogue.roles ?? []).map((one) => ({ value: one.role, title: one.title }));
  const option = (one) => h("option", { value: one.value, key: one.value }, one.title || one.value);
  const pick = (value, options, onChange, name, drawn = options.map(option)) => h("select", { class: "bio-properties-panel-input", "aria-label": name, value, onChange },
    h("option", { value: "" }, name), value && !options.some((one) => one.value === value) && h("option", { value }, value), drawn);
  const grouped = [ways.map(option), codes.length > 0 && h("optgroup", { label: said("one_office"), key: "codes" }, codes.map(option))];
  return h("div", { class: "bio-properties-panel-entry entry-z", "data-entry-id": id, role: "group", "aria-label": label },
    h("span", { class: "bio-properties-panel-label" }, label),
    shown.map((one, at) => h("div", { class: "who-row", key: at },
      pick(at >= rows.length ? half.role ?? "" : one.role, roles, change(at, "role"), said("role")), h("span", { "aria-hidden": "true" }, "@"),
      pick(at >= rows.length ? half.office ?? "" : one.office, offices, change(at, "office"), said("office"), grouped),
      at < rows.length && h("button", { type: "button", class: "btn btn-quiet btn-s", "aria-label": said("take_away"), title: said("take_away"), onClick: () => set(rows.filter((_, number) => number !== at).map((each) => `${each.role}@${each.office}`).join(",")) }, "×"))),
    rows.length > 0 && !more && h("button", { type: "button", class: "link-z", onClick: () => setMore(true) }, said("one_more")));
}
