// Forms: what a script adds to a form that also works without one. The server stays the judge.
//
// <form data-form data-draft data-upload data-session data-sign-in> with the questions of engine/web/formrender.py inside.
// A draft is sent as one types; what could not be sent is kept for this tab and put back when the page opens again.

const PAUSE = 900; // ms of silence before a draft is sent
const AGAIN = 15000; // ms until a draft that failed is tried again
const KEPT = "zholdama:form:"; // + path: what was typed and is not known to have arrived
const SENT = "zholdama:sent"; // key of the form that was sent last

class Form {
  constructor(element) {
    this.element = element;
    this.words = JSON.parse(element.querySelector("template[data-form-words]")?.dataset.formWords || "{}");
    this.told = new Set(); // names of what the server says is hidden
    this.key = KEPT + location.pathname;
    this.unsent = false;
    element.classList.add("live");
    this.watch();
    this.restore();
    element.querySelectorAll("[data-date]").forEach((input) => this.calendar(input));
    this.uncover();
  }

  watch() {
    const on = (name, act) => this.element.addEventListener(name, act.bind(this));
    on("input", this.typed);
    on("change", this.changed);
    on("focusout", this.left);
    on("click", this.clicked);
    on("submit", this.sent);
    for (const name of ["dragover", "dragleave", "drop"]) on(name, this.dropped);
    document.addEventListener("pointerdown", () => (this.pressed = true), true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => (this.pressed = false), true);
    addEventListener("beforeunload", () => this.unsent && this.keep());
    for (const name of ["online", "focus"]) addEventListener(name, () => this.unsent && this.save());
    document.addEventListener("visibilitychange", () => document.hidden && this.unsent && this.save());
  }

  say(key, values = {}) {
    return (this.words[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  // ── the draft ────────────────────────────────────────────────────────────────────────

  typed(event) {
    if (event.target.matches("[data-date]")) dots(event.target);
    if (event.target.closest(".err, [aria-invalid]")) this.recheck(event.target);
    this.touch();
  }

  touch() {
    this.unsent = true;
    this.uncover();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  save() {
    if (!this.element.dataset.draft) return Promise.resolve();
    if (this.saving) this.again = true;
    this.saving ||= this.send().finally(() => {
      this.saving = null;
      if (this.again) this.touch();
      this.again = false;
    });
    return this.saving;
  }

  async send() {
    clearTimeout(this.timer);
    this.unsent = false;
    this.status(this.say("saving"));
    try {
      this.saved(await this.post(this.element.dataset.draft, () => fields(this.element)));
    } catch (trouble) {
      this.unsent = true;
      this.keep();
      this.status(trouble.said || this.say(trouble.signin ? "signin" : "unsaved"), true, trouble.signin);
      if (!trouble.final) this.timer = setTimeout(() => this.save(), AGAIN);
    }
  }

  // Sends once more with a new token when the session was renewed meanwhile.
  async post(address, body) {
    try {
      return await post(address, body());
    } catch (trouble) {
      if (!trouble.signin || !(await this.renewed())) throw trouble;
      return post(address, body());
    }
  }

  async renewed() {
    const answer = this.element.dataset.session && (await fetch(this.element.dataset.session, { headers: { Accept: "application/json" } }).catch(() => null));
    const now = answer?.ok ? await answer.json().catch(() => ({})) : {};
    if (!now.signed_in) return false;
    document.querySelectorAll("input[name=csrf_token]").forEach((input) => (input.value = now.csrf));
    document.querySelector("meta[name=csrf]")?.setAttribute("content", now.csrf);
    return true;
  }

  saved(answer) {
    const revision = this.element.elements._revision;
    if (revision && answer.revision !== undefined) revision.value = answer.revision;
    if (answer.hidden) this.told = new Set(answer.hidden);
    if (!this.unsent) sessionStorage.removeItem(this.key);
    this.status(answer.saved || "");
    this.uncover(true);
  }

  status(said, bad = false, signin = false) {
    for (const place of document.querySelectorAll("[data-saved]")) {
      place.textContent = said;
      place.closest(".saved")?.classList.toggle("off-z", bad);
      const address = signin && this.element.dataset.signIn;
      if (address) place.append(" ", Object.assign(document.createElement("a"), { href: address, target: "_blank", rel: "opener", textContent: this.say("signin-link") }));
    }
  }

  // What could not be sent stays in this tab only, and goes when the tab closes.
  keep() {
    const pairs = [...fields(this.element)].filter(([name, value]) => typeof value === "string" && !OURS.includes(name));
    try {
      sessionStorage.setItem(this.key, JSON.stringify(pairs));
    } catch {
      // The browser keeps nothing: the words in the bar have told so already.
    }
  }

  restore() {
    const kept = sessionStorage.getItem(this.key);
    if (!kept) return;
    sessionStorage.removeItem(this.key);
    const pairs = JSON.parse(kept);
    this.rebuild(pairs);
    const byName = new Map();
    pairs.forEach(([name, value]) => byName.set(name, [...(byName.get(name) || []), value]));
    for (const control of this.element.elements) put(control, byName.get(control.name));
    this.status(this.say("restored"));
    this.touch();
  }

  // Rows that were added before the page was opened again.
  rebuild(pairs) {
    for (const list of this.element.querySelectorAll("[data-rows]")) {
      const start = `${list.dataset.rows}.`;
      const numbers = pairs.filter(([name]) => name.startsWith(start)).map(([name]) => parseInt(name.slice(start.length), 10));
      const wanted = Math.max(-1, ...numbers.filter(Number.isInteger)) + 1;
      while (rows(list).length < wanted && list.querySelector(":scope > [data-fresh]")) this.add(list, false);
    }
  }

  // ── questions that come and go ───────────────────────────────────────────────────────

  uncover(fromServer = false) {
    for (const part of this.element.querySelectorAll("[data-when]")) show(part, !this.holds(JSON.parse(part.dataset.when)));
    if (!fromServer) return;
    for (const part of this.element.querySelectorAll("[data-cond]:not([data-when])")) show(part, !this.told.has(part.dataset.cond));
  }

  holds(when) {
    const check = ([path, sign, value]) => (this.answer(path) === value) === (sign === "=");
    return when.any ? when.any.some(check) : when.all.every(check);
  }

  answer(path) {
    const found = this.element.elements[path];
    if (!found) return "";
    if (found.type === "checkbox") return String(found.checked);
    return found.value; // a group of radios answers with the chosen one, or nothing
  }

  // ── rows ─────────────────────────────────────────────────────────────────────────────

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.name === "_save" && event.detail === 0) {
      event.preventDefault(); // Enter in a field
      this.save();
    } else if (button.matches("[data-add]")) {
      event.preventDefault();
      this.add(button.closest("[data-rows]"));
    } else if (button.matches("[data-remove]")) {
      event.preventDefault();
      this.remove(button.closest("[data-row]"));
    } else if (button.matches("[data-drop]")) {
      event.preventDefault();
      this.drop(button.closest("li"));
    }
  }

  add(list, byHand = true) {
    const count = rows(list).length;
    if (count >= Number(list.dataset.most || 200)) return;
    const path = list.dataset.rows;
    const fresh = list.querySelector(":scope > [data-fresh]").cloneNode(true);
    fresh.innerHTML = fresh.innerHTML.replaceAll(`${path}.__n__`, `${path}.${count}`).replaceAll(`${list.dataset.name} __n__`, `${list.dataset.name} ${count + 1}`);
    const row = fresh.content.firstElementChild;
    list.querySelector(":scope > [data-body]").append(row);
    row.querySelectorAll("[data-date]").forEach((input) => this.calendar(input));
    if (!byHand) return;
    row.classList.add("new-z");
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    this.status(this.say("added"));
    this.touch();
  }

  remove(row) {
    const list = row.closest("[data-rows]");
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    rows(list).forEach((one, number) => renumber(one, list, number));
    (next?.querySelector("input:not([type=hidden]), select, textarea") || list.querySelector("[data-add]"))?.focus();
    this.status(this.say("removed"));
    this.touch();
  }

  // ── at the field ─────────────────────────────────────────────────────────────────────

  changed(event) {
    if (event.target.type === "file") this.upload(event.target);
    this.uncover();
    if (this.element.querySelector("[data-cond]:not([data-when])")) this.save();
  }

  // Words that appear while a finger or button is down would push what is being pressed away from under it.
  left(event) {
    const input = event.target;
    if (!input.matches?.("[data-check]")) return;
    if (this.pressed) addEventListener("pointerup", () => setTimeout(() => this.recheck(input, true)), { once: true });
    else this.recheck(input, true);
  }

  // Tells a mistyped number when the field is left; while one mends it, only takes the words away.
  recheck(input, leaving = false) {
    const check = input.dataset.check;
    const typed = (input.value || "").replace(/\s/g, "");
    const wrong = check && typed ? CHECKS[check](typed) : "";
    if (leaving || !wrong) complain(input, wrong && leaving ? this.say(wrong) : "");
  }

  calendar(input) {
    if (input.closest(".date-z") || typeof HTMLInputElement.prototype.showPicker !== "function") return;
    const box = document.createElement("div");
    box.className = "date-z";
    input.replaceWith(box);
    const native = Object.assign(document.createElement("input"), { type: "date", tabIndex: -1 });
    native.setAttribute("aria-hidden", "true");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet", tabIndex: -1 });
    button.setAttribute("aria-hidden", "true");
    button.innerHTML = icon(this.element, "calendar");
    button.addEventListener("click", () => ((native.value = iso(input.value)), native.showPicker()));
    native.addEventListener("change", () => ((input.value = native.value.split("-").reverse().join(".")), this.touch()));
    box.append(input, button, native);
  }

  // ── files ────────────────────────────────────────────────────────────────────────────

  async upload(input) {
    const address = this.element.dataset.upload;
    if (!address) return;
    const box = input.closest("[data-files]");
    for (const file of [...input.files]) await this.one(box, input, file, address);
    input.value = "";
  }

  dropped(event) {
    const box = event.target.closest?.("[data-files]");
    if (!box || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    box.classList.toggle("over-z", event.type === "dragover");
    if (event.type !== "drop") return;
    const input = box.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    this.upload(input);
  }

  async one(box, input, file, address) {
    const most = Number(input.dataset.max);
    if (most && file.size > most * 1024 * 1024) return complain(input, this.say("large", { most }));
    const told = box.querySelector("[data-progress]");
    const token = () => this.element.elements.csrf_token?.value || "";
    told.hidden = false;
    told.textContent = this.say("uploading", { name: file.name });
    complain(input, "");
    try {
      this.list(box, await this.post(address, () => packed({ csrf_token: token(), field: box.dataset.files, file })));
    } catch (trouble) {
      complain(input, trouble.said || this.say(trouble.signin ? "signin" : "failed"));
    }
    told.hidden = true;
  }

  list(box, file) {
    const list = box.querySelector("[data-list]");
    const item = box.querySelector("template[data-file]").content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    link.textContent = file.name;
    if (file.href) link.href = file.href;
    item.querySelector(".muted").textContent = file.detail || "";
    item.querySelector("input").value = item.querySelector("button").value = file.id;
    item.querySelector("button .sr").textContent = ` ${file.name}`;
    if (!("multiple" in box.dataset)) list.replaceChildren();
    list.append(item);
    this.touch();
  }

  drop(item) {
    const box = item.closest("[data-files]");
    item.remove();
    box.querySelector("input[type=file]").focus();
    this.touch();
  }

  // ── sending ──────────────────────────────────────────────────────────────────────────

  // A draft on its way carries the next revision: what is sent waits for it.
  sent(event) {
    clearTimeout(this.timer);
    if (this.saving) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.saving.finally(() => this.element.requestSubmit(event.submitter));
      return;
    }
    this.keep(); // if the session has ended meanwhile, what was typed is still here
    sessionStorage.setItem(SENT, this.key);
    this.unsent = false;
  }
}

// Drops what was kept of a sent form once a page shows that it arrived: not the sign-in page, not an error of the server.
function arrived() {
  const key = sessionStorage.getItem(SENT);
  if (!key) return;
  sessionStorage.removeItem(SENT);
  const status = performance.getEntriesByType("navigation")[0]?.responseStatus ?? 200;
  if (status < 500 && !document.querySelector("input[type=password]")) sessionStorage.removeItem(key);
}

// ── helpers ──────────────────────────────────────────────────────────────────────────────

const OURS = ["csrf_token", "_revision", "decision"];

function packed(values) {
  const body = new FormData();
  for (const [name, value] of Object.entries(values)) body.append(name, value);
  return body;
}

function fields(form) {
  const all = new FormData(form);
  [...all.keys()].filter((name) => name.startsWith("_file:")).forEach((name) => all.delete(name));
  return all;
}

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "fetch", Accept: "application/json" } });
  const told = answer.headers.get("Content-Type")?.startsWith("application/json");
  if (answer.type === "opaqueredirect" || answer.status === 401 || (answer.status === 400 && !told)) throw { signin: true };
  const json = told ? await answer.json() : {};
  if (!answer.ok) throw { said: json.error, final: answer.status < 500 };
  return json;
}

function put(control, values) {
  if (!control.name || ["submit", "file"].includes(control.type) || OURS.includes(control.name)) return;
  if (control.type === "radio" || control.type === "checkbox") control.checked = Boolean(values?.includes(control.value));
  else if (values && control.type !== "hidden") control.value = values.shift() ?? "";
}

function show(part, visible) {
  if (part.hidden === visible) part.hidden = !visible;
}

const rows = (list) => [...list.querySelectorAll(":scope > [data-body] > [data-row]")];

// After a row is gone the ones below move up: names, ids and what points at them carry the number.
function renumber(row, list, number) {
  const old = row.querySelector("[name$='._was']").name.slice(0, -"_was".length);
  const path = `${list.dataset.rows}.${number}.`;
  if (old === path) return;
  for (const part of [row, ...row.querySelectorAll("*")]) moved(part, old, path);
  row.querySelectorAll("template").forEach((inner) => (inner.innerHTML = inner.innerHTML.replaceAll(old, path)));
  const title = row.querySelector(":scope > fieldset > [data-title]");
  const said = `${list.dataset.name} ${number + 1}`;
  title.textContent = said;
  row.querySelector(":scope > [data-remove] [data-title]").textContent = `: ${said}`;
  const button = row.querySelector(":scope > [data-remove]");
  button.name = `_remove:${list.dataset.rows}.${number}`;
}

function moved(part, old, path) {
  for (const { name, value } of [...part.attributes]) {
    if (["value", "placeholder", "class", "title"].includes(name) || !value.includes(old)) continue;
    part.setAttribute(name, value.replaceAll(old, path));
  }
}

function complain(input, said) {
  const question = input.closest(".f, .q");
  const place = question?.querySelector("[data-error]");
  if (!place) return;
  place.hidden = !said;
  place.querySelector("span").textContent = said;
  question.classList.toggle("err", Boolean(said));
  input.classList.toggle("bad", Boolean(said));
  if (said) {
    input.setAttribute("aria-invalid", "true");
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean)).add(place.id);
    input.setAttribute("aria-describedby", [...ids].join(" "));
  } else input.removeAttribute("aria-invalid");
}

function icon(form, name) {
  const address = form.querySelector(".err-t use")?.getAttribute("href").split("#")[0] || "";
  return `<svg class="icon" aria-hidden="true"><use href="${address}#${name}"/></svg>`;
}

// 02051986 becomes 02.05.1986 while it is typed.
function dots(input) {
  if (!/^\d{8}$/.test(input.value)) return;
  input.value = input.value.replace(/^(\d\d)(\d\d)(\d{4})$/, "$1.$2.$3");
}

function iso(typed) {
  const found = typed.match(/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/);
  return found ? `${found[3]}-${found[2].padStart(2, "0")}-${found[1].padStart(2, "0")}` : "";
}

// The same arithmetic as engine/model/numbers.py.
function checkDigit(digits) {
  for (const weights of [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]]) {
    const rest = weights.reduce((sum, weight, place) => sum + weight * digits[place], 0) % 11;
    if (rest < 10) return rest;
  }
  return null;
}

function born(number) {
  const centuries = { 0: [1900, 2000], 1: [1800], 2: [1800], 3: [1900], 4: [1900], 5: [2000], 6: [2000] }[number[6]] || [];
  const [year, month, day] = [0, 2, 4].map((from) => Number(number.slice(from, from + 2)));
  return centuries.some((century) => {
    const date = new Date(Date.UTC(century + year, month - 1, day));
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  });
}

const CHECKS = {
  iin(number) {
    if (!/^\d{12}$/.test(number)) return "iin";
    if (!born(number)) return "iin-date";
    return checkDigit([...number].map(Number)) === Number(number[11]) ? "" : "iin-check";
  },
  bin(number) {
    if (!/^\d{12}$/.test(number)) return "bin";
    return checkDigit([...number].map(Number)) === Number(number[11]) ? "" : "bin-check";
  },
};

// The summary of errors takes the focus when the page opens, so that it is read first.
function start() {
  arrived();
  document.querySelectorAll("form[data-form]").forEach((form) => new Form(form));
  document.querySelector("[data-errors]")?.focus();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
