// The frame of every editor: state of the draft, who else is here, tabs, saving, conflicts. The editors of diagrams,
// tables and forms put their own drawing into it:
//
//   const bench = await open({
//     read: async () => "…",                 the file as it is drawn now
//     write: async (content, how) => {},     draw this file; how: "load" | "theirs" | "copy" | "mend"
//     empty: "…",                            a new file, where the address says ?new=1
//     go, trace, name, changes, checked,     see problems.js; all optional
//     apply: async (content) => {},          how a cure is applied; by itself the file is drawn anew
//     hold: () => {},                        from now on nothing can be changed: the branch was closed
//   });
//   bench.changed();                          after every change of the drawing; cheap
//   bench.at("element id");                   where one works, for the others
//   bench.drafts, bench.problems, bench.page  (data-* of the frame), bench.tab("xml")
import { Refused } from "./asking.js";
import { Drafts } from "./drafts.js";
import { Problems } from "./problems.js";
import { icon, make, moment, said } from "./words.js";

const QUIET = 150; // ms of silence before the file is written out
const LONGEST = 900; // ms: somebody who never pauses is written out all the same

const frame = document.querySelector("[data-bench]");
export const page = frame ? { ...frame.dataset } : {};
const part = (name) => frame.querySelector(`[data-part="${name}"]`);

export class Bench {
  constructor(drawing) {
    this.drawing = drawing;
    this.page = page;
    this.closed = page.closed === "1";
    this.drafts = new Drafts({ file: page.file, copy: page.copy, key: page.key });
    this.problems = new Problems({ place: part("problems"), check: page.check, mend: page.mend, name: page.name, on: this.heard() });
    this.waiting = { timer: 0, since: 0 };
  }

  heard() {
    const { go, trace, name, changes, checked } = this.drawing;
    return {
      go: (element, problem) => { if (matchMedia("(max-width: 767.98px)").matches) frame.querySelector(".stage")?.scrollIntoView({ block: "start" }); go?.(element, problem); },
      trace, name, changes,
      checked: (found) => { this.count(found); checked?.(found); },
      apply: async (content, mend, problem) => {
        if (this.drawing.apply) await this.drawing.apply(content, mend, problem);
        else await this.drawing.write(content, "mend");
        await this.out({ silence: 0 });
      },
    };
  }

  async open() {
    this.listen();
    const fresh = new URLSearchParams(location.search).has("new");
    let begun;
    try {
      begun = await this.drafts.load(fresh ? { empty: this.drawing.empty } : {});
    } catch (problem) {
      this.failed(problem instanceof Refused ? problem.message : said("server_away"));
      return this;
    }
    await this.drawing.write(begun.content, "load");
    this.problems.changed(begun.content, { silence: 0 });
    if (this.closed) this.drawing.hold?.();
    else this.drafts.watch(() => this.read());
    if (begun.from === "browser") this.tell("rescued", "soon");
    frame.dataset.ready = "1";
    return this;
  }

  failed(why) {
    const place = part("failed");
    place.hidden = false;
    place.querySelector("[data-why]").textContent = why;
    this.show("failed", why);
  }

  // ── what was typed ─────────────────────────────────────────────────────────────────────────
  async read() {
    return this.closed ? this.drafts.content : this.drawing.read();
  }

  changed() {
    if (this.closed) return;
    const now = performance.now();
    const { waiting } = this;
    if (!waiting.timer) waiting.since = now;
    clearTimeout(waiting.timer);
    const wait = Math.max(0, Math.min(QUIET, waiting.since + LONGEST - now));
    waiting.timer = setTimeout(() => { waiting.timer = 0; this.out(); }, wait);
  }

  // Written out once for all who want it: the draft, the check, the text beneath.
  async out({ silence = 20 } = {}) {
    const content = await this.drawing.read();
    if (content === this.drafts.content && content === this.problems.content) return;
    this.drafts.changed(content);
    this.problems.changed(content, { silence });
    this.text();
  }

  at(element) {
    this.drafts.element = element;
  }

  // ── the header ─────────────────────────────────────────────────────────────────────────────
  listen() {
    this.drafts.addEventListener("state", ({ detail }) => this.state(detail));
    this.drafts.addEventListener("others", ({ detail }) => this.others(detail));
    this.drafts.addEventListener("newer", () => this.newer());
    this.drafts.addEventListener("conflict", ({ detail }) => this.conflict(detail));
    part("save")?.addEventListener("click", () => this.save());
    addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && !event.altKey) { event.preventDefault(); this.save(); }
    }, true);
    frame.addEventListener("click", (event) => this.follow(event));
    for (const form of frame.querySelectorAll('[data-part="rehearse"]')) {
      form.addEventListener("submit", async (event) => { event.preventDefault(); await this.out(); if (await this.drafts.flush()) form.submit(); });
    }
    for (const tab of frame.querySelectorAll("[data-tab]")) {
      tab.addEventListener("click", () => this.tab(tab.dataset.tab));
      tab.addEventListener("keydown", (event) => this.arrows(event, tab));
    }
  }

  // The branch was closed while one typed: the text stays in this browser, but nothing more can be added.
  shutDown() {
    this.closed = true;
    frame.dataset.closed = "1";
    this.drafts.end();
    this.drawing.hold?.();
  }

  state({ kind, at, by, why, here, status }) {
    if (kind === "refused" && (status === 403 || status === 404)) this.shutDown();
    const time = at ? moment(at) : "";
    const sayings = {
      deployed: said("state_deployed"),
      fresh: said("state_fresh"),
      published: by ? said("state_published_by", { time, name: by }) : said("state_published", { time }),
      kept: said("state_kept", { time }),
      typing: said("state_typing"),
      publishing: said("state_publishing"),
      away: here === false ? said("state_lost") : said("state_away"),
      refused: said("state_refused", { why: why ?? "" }),
      loading: said("state_loading"),
    };
    this.show(kind, this.closed && kind !== "refused" ? said("state_closed") : sayings[kind]);
  }

  show(kind, sentence) {
    const place = part("state");
    const bad = kind === "away" || kind === "refused" || kind === "failed";
    place.dataset.kind = kind;
    place.classList.toggle("late", bad);
    place.title = sentence;
    place.replaceChildren(icon(bad ? "cloud-off" : kind === "published" || kind === "deployed" ? "cloud-check" : "pencil"), ` ${sentence}`);
    const save = part("save");
    if (save) save.setAttribute("aria-disabled", String(this.closed || kind === "published" || kind === "deployed" || kind === "publishing"));
  }

  others(list) {
    const place = part("others");
    place.hidden = !list.length;
    if (!list.length) return;
    const who = list.map((one) => (one.element ? said("other_at", { name: one.name, element: this.drawing.name?.(one.element) || one.element }) : one.name));
    place.replaceChildren(icon("users"), ` ${said("others_edit", { names: who.join(", ") })}`);
  }

  newer() {
    const place = part("newer");
    place.hidden = false;
  }

  // Pages that are about what was typed are asked for when it is kept; what is deployed is the branch's, so it is
  // saved there first. A deployment that cannot be shows what is in its way.
  async follow(event) {
    const link = event.target.closest?.(".vbar a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || this.closed || !frame.dataset.ready) return;
    const deploy = link.dataset.part === "deploy";
    event.preventDefault();
    if (deploy && link.getAttribute("aria-disabled") === "true") {
      this.tab("problems");
      this.problems.choose(this.problems.list[0] ?? null);
      return;
    }
    await this.out();
    const kept = deploy ? await this.save() : await this.drafts.flush();
    if (kept !== false) location.assign(link.href);
  }

  // Beside the tab's name: how many errors and warnings.
  count({ errors, warnings }) {
    part("errors").textContent = errors ? said("errors", { n: errors }) : "";
    part("warnings").textContent = warnings ? said("warnings", { n: warnings }) : "";
    const deploy = part("deploy");
    if (!deploy) return;
    deploy.setAttribute("aria-disabled", String(errors > 0));
    const why = part("blocked");
    why.hidden = !errors;
    why.lastChild.textContent = said("blocked", { n: errors });
  }

  tell(key, kind = "ok") {
    const shut = make("button", { type: "button", class: "btn btn-quiet btn-s", "aria-label": said("shut"), onclick: () => note.remove() }, icon("x"));
    const note = make("div", { class: `toast-z told-z ${kind}`, role: "status" }, make("span", { class: "grow" }, said(key)), shut);
    document.getElementById("toast").replaceChildren(note);
  }

  // ── tabs ───────────────────────────────────────────────────────────────────────────────────
  tab(name) {
    for (const one of frame.querySelectorAll("[data-tab]")) {
      const on = one.dataset.tab === name;
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !on;
    }
    this.shown = name;
    this.text();
    this.drawing.tab?.(name);
  }

  arrows(event, tab) {
    const all = [...frame.querySelectorAll("[data-tab]")];
    const to = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!to) return;
    const next = all[(all.indexOf(tab) + to + all.length) % all.length];
    this.tab(next.dataset.tab);
    next.focus();
  }

  // The file as it will be kept, with the line of what is selected lit.
  text(element = this.drafts.element) {
    const place = part("text");
    if (!place || this.shown !== "text") return;
    const rows = this.drafts.content.split("\n");
    const at = element ? rows.findIndex((row) => row.includes(`id="${element}"`) || row.includes(`"id": "${element}"`)) : -1;
    place.replaceChildren(...rows.map((row, number) => make("span", { class: number === at ? "row on" : "row", "data-n": number + 1 }, `${row}\n`)));
    place.children[at]?.scrollIntoView({ block: "center" });
  }

  // ── publishing ─────────────────────────────────────────────────────────────────────────────
  // False if it was not saved.
  async save(more = {}) {
    if (this.closed || !frame.dataset.ready) return false;
    const content = await this.read();
    if (content === this.drafts.published && !more.over) return true;
    const done = await this.drafts.save(content, more).catch(() => null); // the state says why
    if (!done) return false;
    part("newer").hidden = true;
    this.tell("saved_now");
    return true;
  }

  // Somebody published meanwhile: nothing is overwritten before one has seen it.
  conflict({ error, revision, by, at, compare }) {
    const dialog = part("conflict");
    const text = (name, value) => { dialog.querySelector(`[data-said="${name}"]`).textContent = value; };
    text("what", error || said("conflict_what", { name: by, time: moment(at) }));
    text("who", said("conflict_what", { name: by ?? "", time: moment(at) }));
    const link = dialog.querySelector("[data-compare]");
    link.hidden = !compare;
    if (compare) link.href = compare;
    const act = (name, run) => { dialog.querySelector(`[data-act="${name}"]`).onclick = async () => { dialog.close(); await run(); }; };
    act("theirs", () => this.take());
    act("mine", () => this.save({ over: revision }));
    act("later", async () => {});
    dialog.showModal();
  }

  async take() {
    try {
      const content = await this.drafts.discard();
      await this.drawing.write(content, "theirs");
      part("newer").hidden = true;
      this.problems.changed(content, { silence: 0 });
      this.text();
    } catch (problem) {
      this.drafts.failed(problem);
    }
  }
}

export const open = (drawing) => new Bench(drawing).open();
