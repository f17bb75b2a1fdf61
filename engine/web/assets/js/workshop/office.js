// The panel's groups for what our diagrams say beyond the standard: paragraph, names in three languages, who and by
// when, pickers from the catalogue in the place of free text, comments.
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";
import { Group, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited } from "@bpmn-io/properties-panel";
import { h } from "@bpmn-io/properties-panel/preact";
import { useState } from "@bpmn-io/properties-panel/preact/hooks";
import { useService } from "bpmn-js-properties-panel";
import { page } from "./bench.js";
import { CYCLE, CandidatesField, DAYS, DaysField, ExpressionField, PickField, TextField, cycle } from "./fields.js";
import { addProperty, definition, properties, property, removeProperty, setProperty, subject } from "./properties.js";
import { moment, said } from "./words.js";

const services = () => ({ bpmnFactory: useService("bpmnFactory"), modeling: useService("modeling") });
const NAMED = ["bpmn:FlowElement", "bpmn:Lane", "bpmn:Participant", "bpmn:Process"];
const COMMENT = "comment";

// ── names, paragraph, sentences ───────────────────────────────────────────────────────────────
const PropertyField = (name, label, more = {}) => function Field({ element, id }) {
  const tools = services();
  return h(TextField, { element, id, label: said(label), type: name, get: () => property(element, name), set: (value) => setProperty(element, name, value, tools), ...more });
};
const LawField = PropertyField("law", "law", { placeholder: "K-9" });
const SearchField = PropertyField("search", "searchable", { placeholder: "decision, rounds" });
const RuName = PropertyField("name:ru", "name_ru", { lang: "ru" });
const EnName = PropertyField("name:en", "name_en", { lang: "en" });
const RuDoc = PropertyField("doc:ru", "doc_ru", { lang: "ru", rows: 3 });
const EnDoc = PropertyField("doc:en", "doc_en", { lang: "en", rows: 3 });

function KkName({ element, id }) {
  const { modeling } = services();
  const own = subject(element);
  const set = (name) => {
    // The label on the drawing is the pool's own; its process carries the same words.
    if (own !== element.businessObject) modeling.updateModdleProperties(element, own, { name: name || undefined });
    modeling.updateProperties(element, { name });
  };
  return h(TextField, { element, id, label: said("name_kk"), type: "name", lang: "kk", rows: 2, get: () => getBusinessObject(element).get("name") ?? "", set });
}

function KkDoc({ element, id }) {
  const { bpmnFactory, modeling } = services();
  const own = subject(element);
  const get = () => own.get("documentation")?.[0]?.text ?? "";
  const set = (text) => {
    const made = text ? [bpmnFactory.create("bpmn:Documentation", { text })] : [];
    made.forEach((one) => { one.$parent = own; });
    modeling.updateModdleProperties(element, own, { documentation: made });
  };
  return h(TextField, { element, id, label: said("doc_kk"), lang: "kk", rows: 3, get, set });
}

function namesGroup(element) {
  const entry = (id, component) => ({ id, component, element, isEdited: isTextFieldEntryEdited });
  // Only a process says it; a pool stands for its own.
  const searched = subject(element).$type === "bpmn:Process" ? [entry("z-search", SearchField)] : [];
  return { id: "z-names", label: said("group_names"), component: Group, shouldOpen: true, element, entries: [entry("z-name-kk", KkName), entry("z-name-ru", RuName), entry("z-name-en", EnName), entry("z-law", LawField), ...searched] };
}

function docsGroup(element) {
  const entry = (id, component) => ({ id, component, element, isEdited: isTextAreaEntryEdited });
  return { id: "z-docs", label: said("group_docs"), component: Group, element, entries: [entry("z-doc-kk", KkDoc), entry("z-doc-ru", RuDoc), entry("z-doc-en", EnDoc)] };
}

// ── who, with which form, by when ─────────────────────────────────────────────────────────────
const attribute = (element, name, modeling) => ({
  get: () => getBusinessObject(element).get(name) ?? "",
  set: (value) => modeling.updateProperties(element, { [name]: value || undefined }),
});

// Components are made once: made anew at each look, a field would lose its focus whenever the check answers.
function taskFields(known) {
  const Form = ({ element, id }) => {
    const { modeling } = services();
    const forms = (known.catalogue.forms ?? []).map((one) => ({ value: one.key, title: one.title }));
    const open = (key, there) => `${page.editors}forms/${encodeURI(key)}.json${there ? "" : "?new=1"}`;
    return h(PickField, { id, label: said("form"), options: forms, fresh: said("new_form"), open, ...attribute(element, "camunda:formKey", modeling) });
  };
  const Who = ({ element, id }) => h(CandidatesField, { id, label: said("who"), known, ...attribute(element, "camunda:candidateGroups", services().modeling) });
  const Due = ({ element, id }) => h(DaysField, { element, id, label: said("deadline"), known, ...attribute(element, "camunda:dueDate", services().modeling) });
  return { "z-form": Form, "z-who": Who, "z-due": Due };
}

function taskGroup(element, fields) {
  const entries = Object.entries(fields).map(([id, component]) => ({ id, component, element, isEdited: () => false }));
  return { id: "z-task", label: said("group_task"), component: Group, shouldOpen: true, element, entries };
}

// ── pickers and expressions in the place of the standard entries ─────────────────────────────
const options = (list, value, title) => (list ?? []).map((one) => ({ value: one[value] ?? one, title: one[title] ?? "" }));

function pick(known, label, { list, value, title, name, fresh, link, none }) {
  return function Picked({ element, id }) {
    const { modeling } = services();
    return h(PickField, { id, label: said(label), options: options(known.catalogue[list], value, title), fresh: fresh && said(fresh), open: link, none, ...attribute(element, name, modeling) });
  };
}

// A message by its name; the file's own list of messages follows, in the same step.
function messageField(known) {
  return function Message({ element, id }) {
    const { bpmnFactory } = services();
    const commandStack = useService("commandStack"), modeler = useService("bpmnjs");
    const holder = definition(element, "bpmn:MessageEventDefinition") ?? getBusinessObject(element);
    const set = (name) => {
      const root = modeler.getDefinitions(), all = root.get("rootElements");
      const there = name && all.find((one) => is(one, "bpmn:Message") && one.name === name);
      const made = name && !there ? bpmnFactory.create("bpmn:Message", { name }) : null;
      if (made) made.$parent = root;
      const update = (moddleElement, properties) => ({ cmd: "element.updateModdleProperties", context: { element, moddleElement, properties } });
      commandStack.execute("properties-panel.multi-command-executor", [
        ...(made ? [update(root, { rootElements: [...all, made] })] : []),
        update(holder, { messageRef: (there || made) ?? undefined }),
      ]);
    };
    return h(PickField, { id, label: said("message"), options: options(known.catalogue.messages, "name", "title"), fresh: said("new_message"), get: () => holder.get("messageRef")?.name ?? "", set });
  };
}

// What a handler is given, what is kept of its answer.
const parameterField = (known) => function Parameter({ element, id, parameter }) {
  const { modeling } = services();
  const set = (value) => modeling.updateModdleProperties(element, parameter, { value: value || undefined, definition: undefined });
  return h(ExpressionField, { element, id, label: said("value"), get: () => parameter.get("value") ?? "", set, known });
};

function conditionField(known) {
  return function Condition({ element, id }) {
    const { bpmnFactory, modeling } = services();
    const get = () => getBusinessObject(element).get("conditionExpression")?.body ?? "";
    const set = (body) => {
      const made = body ? bpmnFactory.create("bpmn:FormalExpression", { body }) : undefined;
      if (made) made.$parent = getBusinessObject(element);
      modeling.updateProperties(element, { conditionExpression: made });
    };
    return h(ExpressionField, { element, id, label: said("condition"), type: "boolean", get, set, known });
  };
}

function timerField(known) {
  return function Timer({ element, id }) {
    const { modeling } = services();
    const found = definition(element, "bpmn:TimerEventDefinition");
    const kind = ["timeDate", "timeCycle", "timeDuration"].find((one) => found?.get(one));
    const spoken = found.get(kind);
    const get = () => spoken.get("body") ?? "";
    const set = (body) => modeling.updateModdleProperties(element, spoken, { body });
    if (kind === "timeDuration") return h(ExpressionField, { element, id, label: said("duration"), type: "PT5M", get, set, known, rows: 1 });
    const shape = kind === "timeCycle" ? { pattern: CYCLE, write: cycle } : { pattern: DAYS };
    return h(DaysField, { element, id, label: said(kind === "timeCycle" ? "each_day_after" : "after_days"), get, set, known, none: false, ...shape });
  };
}

// Standard entry → ours, by the entry's id.
function replacements(known) {
  return {
    decisionRef: pick(known, "decision", { list: "decisions", value: "id", title: "name", name: "camunda:decisionRef" }),
    calledElement: pick(known, "process", { list: "processes", value: "key", title: "name", name: "calledElement" }),
    stringOrExpression: parameterField(known),
    externalTopic: pick(known, "topic", { list: "topics", value: "topic", title: "title", name: "camunda:topic" }),
    messageRef: messageField(known),
    conditionExpression: conditionField(known),
    timerEventDefinitionValue: timerField(known),
  };
}

// What ours say better; `candidateUsers`, follow-up date and the like stay.
const DROPPED = new Set(["name", "documentation", "processDocumentation", "processName", "candidateGroups", "dueDate", "formType", "formKey", "formRef", "formRefBinding", "formRefVersion", "messageName", "decisionRefTenantId", "calledElementTenantId"]);
const GONE = new Set(["CamundaPlatform__Form", "documentation", "CamundaPlatform__FormData", "CamundaPlatform__CandidateStarter", "CamundaPlatform__ExternalTask", "CamundaPlatform__Tasklist", "CamundaPlatform__HistoryCleanup", "CamundaPlatform__StartInitiator"]);
// Of Camunda's Java side: shown only where a file has something of it, so that it can be taken away.
const JAVA = new Set(["CamundaPlatform__ExecutionListener", "CamundaPlatform__TaskListener", "CamundaPlatform__FieldInjection", "CamundaPlatform__ConnectorInput", "CamundaPlatform__ConnectorOutput"]);
const ASYNC = "CamundaPlatform__AsynchronousContinuations";
const waits = (element) => ["camunda:asyncBefore", "camunda:asyncAfter", "camunda:jobPriority"].some((name) => { try { return getBusinessObject(element).get(name); } catch { return false; } });
const isOurs = (one) => /^(law|search$|name:|doc:|comment$)/.test(one.name ?? "");

// What an element is there for stands before what every element has.
const FIRST = new Set(["ElementTemplates__Template", "timer", "message", "signal", "error", "escalation", "link", "CamundaPlatform__Condition", "CamundaPlatform__Implementation", "CamundaPlatform__CallActivity", "CamundaPlatform__Script", "multiInstance"]);

function adapted(groups, element, ours) {
  const own = isAny(element, NAMED) && element.type !== "label";
  const sorted = [...groups].sort((a, b) => FIRST.has(b.id) - FIRST.has(a.id));
  return sorted
    .filter((group) => !GONE.has(group.id) && !(JAVA.has(group.id) && !group.items?.length) && !(group.id === ASYNC && !waits(element)))
    .map((group) => {
      if (group.id === "CamundaPlatform__ExtensionProperties") return trimmed(group, element);
      // A flow's condition is an expression: there is no kind to choose first.
      if (group.id === "CamundaPlatform__Condition" && is(element, "bpmn:SequenceFlow")) return { ...group, shouldOpen: true, entries: [{ id: "conditionExpression", element, component: ours.conditionExpression, isEdited: isTextAreaEntryEdited }] };
      if (group.items) return { ...group, items: group.items.map((item) => ({ ...item, entries: item.entries?.map((one) => (one.id?.endsWith("-stringOrExpression") ? { ...one, component: ours.stringOrExpression } : one)) })) };
      if (!group.entries) return group;
      const entries = group.entries.filter((one) => !own || !DROPPED.has(one.id)).map((one) => (ours[one.id] ? { ...one, element, component: ours[one.id], isEdited: isSelectEntryEdited } : one));
      return { ...group, entries, ...(FIRST.has(group.id) ? { shouldOpen: true } : {}) };
    })
    .filter((group) => group.items || group.component !== Group || group.entries?.length);
}

// The plain list of properties shows those that have no field of their own.
function trimmed(group, element) {
  const all = properties(element);
  return { ...group, items: (group.items ?? []).filter((_, at) => !all[at] || !isOurs(all[at])) };
}

// ── comments: properties of the element, so they go with the file, are saved with it and shown to whoever opens it ──
const written = (text) => { const [head, ...rest] = text.split(" | "); const at = head.indexOf(" "); return rest.length ? { at: head.slice(0, at), who: head.slice(at + 1), text: rest.join(" | ") } : { at: "", who: "", text }; };

function Comments({ element, id }) {
  const tools = services();
  const [typed, setTyped] = useState("");
  const list = properties(element).filter((one) => one.name === COMMENT);
  const add = () => {
    if (!typed.trim()) return;
    addProperty(element, COMMENT, `${new Date().toISOString().slice(0, 16)}Z ${page.me} | ${typed.trim()}`, tools);
    setTyped("");
  };
  return h("div", { class: "bio-properties-panel-entry comments-p", "data-entry-id": id },
    list.map((one) => {
      const { at, who, text } = written(one.value ?? "");
      return h("div", { class: "comment-p", key: one.value }, h("p", {}, text), h("p", { class: "tiny muted" }, [who, at && moment(at)].filter(Boolean).join(", "), " ", h("button", { type: "button", class: "link-z", onClick: () => removeProperty(element, one, tools) }, said("settled"))));
    }),
    h("textarea", { class: "bio-properties-panel-input", rows: 2, value: typed, "aria-label": said("comment"), placeholder: said("comment"), onInput: (event) => setTyped(event.target.value) }),
    h("button", { type: "button", class: "btn btn-s", onClick: add }, said("add_comment")));
}

function commentsGroup(element) {
  const n = properties(element).filter((one) => one.name === COMMENT).length;
  return { id: "z-comments", label: n ? `${said("group_comments")} (${n})` : said("group_comments"), component: Group, element, entries: [{ id: "z-comment", component: Comments, element, isEdited: () => n > 0 }] };
}

class OfficeProvider {
  constructor(known, propertiesPanel, translate) {
    this.translate = translate;
    this.ours = replacements(known);
    this.fields = taskFields(known);
    propertiesPanel.registerProvider(200, this);
  }

  // The panel's own groups know no language unless one gives it to each.
  getGroups(element) {
    return (groups) => this.arranged(groups, element).map((group) => ({ ...group, translate: this.translate, items: group.items?.map((one) => ({ ...one, translate: this.translate })) }));
  }

  arranged(groups, element) {
    const fitted = adapted(groups, element, this.ours);
    if (!isAny(element, NAMED) || element.type === "label") return fitted;
    const top = fitted[0]?.id.startsWith("ElementTemplates__") ? fitted.slice(0, 1) : [];
    const task = is(element, "bpmn:UserTask") ? [taskGroup(element, this.fields)] : [];
    return [...top, namesGroup(element), ...task, ...fitted.slice(top.length), docsGroup(element), commentsGroup(element)];
  }
}

export function officeModule(known) {
  OfficeProvider.$inject = ["officeKnown", "propertiesPanel", "translate"];
  return { __init__: ["officeProvider"], officeKnown: ["value", known], officeProvider: ["type", OfficeProvider] };
}
