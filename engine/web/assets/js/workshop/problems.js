// What the check says of the file as typed: a list, marks, the trace played step by step, cures with their preview.
//
//   const problems = new Problems({ place, check, mend, name, on });
//   problems.changed(content)        // 300 ms of silence later the server is asked; an older question is let go
//   problems.list                    // what is known now
//
// `on` is told what happens, each optional:
//   checked({ list, errors, warnings, ms })   marks on elements, numbers in tabs
//   go(element, problem)                      the reader chose a problem or a step: show that element
//   trace(ids, step)                          draw this trace, with `step` (from 0; -1: all) lit; [] ends it
//   name(element)                             what people call an element; its id otherwise
//   changes(content)                          sentences on what a cure would change; null: changed lines are shown
//   apply(content, mend, problem)             the reader wants the cure
import { Away, ask } from "./asking.js";
import { icon, make, said } from "./words.js";

const SILENCE = 300; // ms
const PACE = 800; // ms a step of a trace
const AGAIN = 4000;

export class Problems {
  constructor({ place, check, mend, name, on = {} }) {
    Object.assign(this, { place, address: check, mendAddress: mend, name, on, list: [], chosen: null, content: "" });
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.say(said("checking"));
    // Meanwhile a form or table that this file names may have been made in another window.
    document.addEventListener("visibilitychange", () => { if (!document.hidden && this.about !== undefined) this.changed(this.content, { silence: 0 }); });
  }

  say(...children) {
    this.place.replaceChildren(make("p", { class: "said-probs muted" }, ...children));
  }

  // ── asking ─────────────────────────────────────────────────────────────────────────────────
  changed(content, { silence = SILENCE } = {}) {
    this.content = content;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), silence);
  }

  async check() {
    this.asked?.abort();
    const mine = (this.asked = new AbortController());
    const content = this.content;
    const begun = performance.now();
    try {
      const found = await ask(this.address, { method: "POST", body: { name: this.name, content }, signal: mine.signal });
      if (mine.signal.aborted) return;
      this.took = performance.now() - begun;
      this.checked(found, content);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.say(problem instanceof Away ? said("check_away") : said("check_failed", { why: problem.message }));
      if (problem instanceof Away) this.timer = setTimeout(() => this.check(), AGAIN);
    }
  }

  checked({ problems, ms }, content) {
    this.list = problems.map((one) => ({ ...one, said: this.spoken(one) })).sort((a, b) => (a.severity === b.severity ? 0 : a.severity === "error" ? -1 : 1));
    this.about = content;
    const errors = this.list.filter((one) => one.severity === "error").length;
    const kept = this.chosen && this.list.find((one) => same(one, this.chosen));
    this.draw();
    this.on.checked?.({ list: this.list, errors, warnings: this.list.length - errors, ms });
    if (kept) this.choose(kept, { go: false });
    else this.choose(null);
  }

  // The sentence with elements as people call them: an id says nothing to who drew the element with a mouse.
  spoken({ message, element, trace }) {
    return [...new Set([element, ...(trace ?? [])])].filter(Boolean).reduce((words, id) => {
      const name = this.on.name?.(id);
      return name && name !== id ? words.replace(new RegExp(`(?<![\\w.-])${id.replace(/[.$]/g, "\\$&")}(?![\\w-])`, "g"), () => `«${name}»`) : words;
    }, message);
  }

  // ── the list ───────────────────────────────────────────────────────────────────────────────
  draw() {
    if (!this.list.length) {
      this.say(icon("circle-check"), " ", said("no_problems"));
      return;
    }
    this.rows = new Map(this.list.map((one) => [one, this.row(one)]));
    this.place.replaceChildren(make("ol", { class: "probs-list" }, ...this.rows.values()));
  }

  row(problem) {
    const bad = problem.severity === "error";
    const said_ = make("button", { type: "button", class: "prob-say", onclick: () => this.choose(problem) }, problem.said);
    const where = [problem.element, problem.line ? said("line", { line: problem.line }) : ""].filter(Boolean).join(" · ");
    const mends = (problem.mends ?? []).map((mend) => make("button", { type: "button", class: "prob-mend", onclick: () => this.preview(problem, mend) }, this.spoken({ ...problem, message: mend.title })));
    const body = make("div", {}, make("span", { class: "sr" }, bad ? said("error") : said("warning")), said_, mends.length ? make("span", { class: "prob-mends" }, ...mends) : null);
    if (problem.trace?.length) body.append(this.trace(problem));
    body.append(make("div", { class: "prob-prev", hidden: true, "aria-live": "polite" }));
    return make("li", { class: `prob ${bad ? "e" : "w"}`, "data-code": problem.code }, icon(bad ? "alert-circle" : "alert-triangle"), body, make("span", { class: "where" }, where));
  }

  trace(problem) {
    const steps = [];
    problem.trace.forEach((id, at) => {
      if (at) steps.push(make("li", { class: "ar", "aria-hidden": true }, icon("arrow-right")));
      const label = this.on.name?.(id) || id;
      steps.push(make("li", { "data-step": at }, make("button", { type: "button", title: id, onclick: () => this.step(problem, at) }, make("b", {}, String(at + 1)), make("span", {}, label))));
    });
    const play = make("button", { type: "button", class: "btn btn-quiet btn-s", onclick: () => this.play(problem) }, icon("player-play"), said("play"));
    return make("div", { class: "tr-row" }, make("ol", { class: "tr", "aria-label": said("trace") }, ...steps), play);
  }

  choose(problem, { go = true } = {}) {
    this.stop();
    for (const row of this.rows?.values() ?? []) row.removeAttribute("aria-current");
    this.chosen = problem;
    this.light(-1);
    if (!problem) { this.on.trace?.([], -1); return; }
    this.rows.get(problem)?.setAttribute("aria-current", "true");
    this.on.trace?.(problem.trace ?? [], -1);
    if (go) this.on.go?.(problem.element, problem);
  }

  light(at) {
    const row = this.rows?.get(this.chosen);
    for (const step of row?.querySelectorAll("[data-step]") ?? []) step.toggleAttribute("data-on", Number(step.dataset.step) === at);
  }

  step(problem, at) {
    this.stop();
    if (this.chosen !== problem) this.choose(problem, { go: false });
    this.light(at);
    this.on.trace?.(problem.trace, at);
    this.on.go?.(problem.trace[at], problem);
  }

  // One step after another; who wants no motion goes by the numbers herself.
  play(problem) {
    if (this.chosen !== problem) this.choose(problem, { go: false });
    this.stop();
    const show = (at) => {
      this.light(at);
      this.on.trace?.(problem.trace, at);
      this.on.go?.(problem.trace[at], problem);
      const last = at === problem.trace.length - 1;
      this.playing = setTimeout(() => (last ? this.on.trace?.(problem.trace, -1) : show(at + 1)), PACE);
    };
    if (this.still) this.step(problem, 0);
    else show(0);
  }

  stop() {
    clearTimeout(this.playing);
    this.playing = 0;
  }

  // ── cures ──────────────────────────────────────────────────────────────────────────────────
  async preview(problem, mend) {
    this.choose(problem);
    const place = this.rows.get(problem).querySelector(".prob-prev");
    place.hidden = false;
    place.replaceChildren(said("asking"));
    const before = this.about;
    try {
      const { content } = await ask(this.mendAddress, { method: "POST", body: { name: this.name, content: before, code: problem.code, element: problem.element, mend: mend.id } });
      const changes = (await this.on.changes?.(content)) ?? null;
      this.offer(place, { problem, mend, content, before, changes });
    } catch (failed) {
      place.replaceChildren(make("span", { class: "say late" }, failed instanceof Away ? said("check_away") : failed.message));
    }
  }

  offer(place, { problem, mend, content, before, changes }) {
    const shown = changes ? make("ul", { class: "prev-list" }, ...changes.map((one) => make("li", {}, one))) : lines(before, content);
    const apply = make("button", { type: "button", class: "btn btn-s btn-primary", onclick: () => this.apply(place, content, mend, problem) }, icon("check"), said("apply"));
    const leave = make("button", { type: "button", class: "btn btn-s btn-quiet", onclick: () => { place.hidden = true; } }, said("leave"));
    place.replaceChildren(make("b", {}, said("would_change")), shown, make("div", { class: "row-x" }, apply, leave));
    apply.focus();
  }

  async apply(place, content, mend, problem) {
    place.hidden = true;
    await this.on.apply?.(content, mend, problem);
  }
}

const same = (a, b) => a.code === b.code && a.element === b.element && a.message === b.message;

// The lines that differ, between the equal beginning and the equal end.
export function lines(before, after) {
  const a = before.split("\n"), b = after.split("\n");
  let top = 0, end = 0;
  while (top < Math.min(a.length, b.length) && a[top] === b[top]) top++;
  while (end < Math.min(a.length, b.length) - top && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const row = (sign, text, at) => make("span", { class: sign === "+" ? "ins" : "del" }, `${at} ${sign} ${text}\n`);
  const gone = a.slice(top, a.length - end).map((text, i) => row("−", text, top + 1 + i));
  const come = b.slice(top, b.length - end).map((text, i) => row("+", text, top + 1 + i));
  return make("pre", { class: "prev-lines" }, ...[...gone, ...come].slice(0, 60));
}
