// What one types is kept: at the server every second, in this browser at once; published on demand; nothing is lost.
//
//   const drafts = new Drafts({ file, copy, key });       // addresses, and a key of this person, branch and file
//   const begun = await drafts.load();                    // { content, from: "branch" | "copy" | "browser", … }
//   drafts.changed(content);                              // after every change
//   await drafts.save();                                  // { revision, at }, or null after a conflict
//   drafts.addEventListener("state", …)                   // detail: { kind, at, … }, see `state`
//   drafts.addEventListener("others", …)                  // detail: [{ name, since, element }]
//   drafts.addEventListener("conflict", …)                // detail: what the server answered with 409
//   drafts.addEventListener("newer", …)                   // detail: revision of the branch, when somebody published
import { Away, Refused, ask } from "./asking.js";

const PAUSE = 800; // ms from the first change to the request
const AGAIN = 4000; // ms until the next try while nobody answers
const PRESENCE = 15_000;
const SMALL = 60_000; // octets: what a browser still sends while the page is closed

export class Drafts extends EventTarget {
  constructor({ file, copy, key }) {
    super();
    Object.assign(this, { file, copy, key: `zholdama-draft:${key}` });
    // As the server has it; as it was typed; revision it is based on; revision of the branch.
    Object.assign(this, { kept: "", content: "", base: 0, revision: 0, element: "", published: "" });
    this.state = { kind: "loading" };
    this.broken = this.publishing = false;
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  become(kind, more = {}) {
    this.state = { kind, ...more };
    this.tell("state", this.state);
  }

  get dirty() {
    return this.content !== this.kept;
  }

  // ── beginning ──────────────────────────────────────────────────────────────────────────────
  async load({ empty } = {}) {
    let found;
    try {
      found = await ask(this.file);
    } catch (problem) {
      if (empty === undefined || !(problem instanceof Refused) || problem.status !== 404) throw problem;
      found = { content: empty, revision: 0, base: 0, copy: null, others: [], fresh: true };
    }
    const { content, base, from, at } = this.newest(found);
    Object.assign(this, { content, base, revision: found.revision, published: found.fresh || !found.content ? null : found.content });
    this.kept = from === "browser" ? found.copy?.content ?? found.content : content;
    this.tell("others", found.others ?? []);
    if (found.fresh && from === "branch") this.become("fresh");
    else if (from === "branch") this.become(found.revision ? "published" : "deployed", { at: found.saved_at, by: found.saved_by });
    else this.become("kept", { at });
    if (from === "browser") this.plan(0);
    if (base < found.revision) this.tell("newer", found.revision);
    return { ...found, content, base, from };
  }

  // What this browser kept while the server was away is younger than what the server has.
  newest(found) {
    const here = this.rescued();
    if (here && here.content !== (found.copy?.content ?? found.content)) {
      const stale = found.copy && new Date(found.copy.at) > new Date(here.at);
      if (!stale) return { ...here, from: "browser" };
    }
    this.forget();
    if (found.copy) return { content: found.copy.content, base: found.copy.base, at: found.copy.at, from: "copy" };
    return { content: found.content, base: found.base ?? found.revision, at: found.saved_at, from: "branch" };
  }

  // ── the net in this browser ────────────────────────────────────────────────────────────────
  rescued() {
    try {
      const found = JSON.parse(localStorage.getItem(this.key) ?? "null");
      return typeof found?.content === "string" ? found : null;
    } catch {
      return null;
    }
  }

  rescue() {
    try {
      localStorage.setItem(this.key, JSON.stringify({ content: this.content, base: this.base, at: new Date().toISOString() }));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    try { localStorage.removeItem(this.key); } catch { /* a browser that keeps nothing */ }
  }

  // ── typing ─────────────────────────────────────────────────────────────────────────────────
  changed(content) {
    this.content = content;
    if (!this.dirty && !this.sending) return;
    this.rescuedHere = this.rescue();
    if (this.state.kind !== "away") this.become("typing", { at: this.state.at });
    this.plan(PAUSE);
  }

  plan(pause) {
    if (!this.timer) this.timer = setTimeout(() => { this.timer = 0; this.keep(); }, pause);
  }

  // At most one request is under way; what was typed meanwhile follows.
  async keep() {
    if (this.sending) return this.sending;
    // What is being published needs no copy; what is typed meanwhile is kept afterwards.
    if (this.broken || !this.dirty || this.publishing) return undefined;
    const content = this.content;
    this.sending = this.put(content).finally(() => { this.sending = null; });
    const again = await this.sending;
    if (this.timer) return undefined;
    if (again === "again") this.plan(AGAIN);
    else if (again !== "stop" && this.dirty) this.plan(PAUSE);
    return undefined;
  }

  // Before one goes on to a page that shows what was typed: false if it could not be kept.
  async flush() {
    for (let round = 0; round < 3 && this.dirty && !this.broken; round++) {
      clearTimeout(this.timer);
      this.timer = 0;
      await this.keep();
    }
    return !this.dirty;
  }

  async put(content) {
    try {
      const answer = await ask(this.copy, { method: "PUT", body: { content, base: this.base, element: this.element } });
      this.kept = content;
      if (!this.dirty) this.forget();
      this.heard(answer);
      this.become(this.dirty ? "typing" : "kept", { at: answer.at });
      return "";
    } catch (problem) {
      return this.failed(problem);
    }
  }

  failed(problem) {
    if (problem instanceof Away) {
      this.become("away", { here: this.rescuedHere });
      return "again";
    }
    // Signed out, branch closed, too large: to try again changes nothing until the page is loaded anew.
    this.become("refused", { why: problem.message, status: problem.status });
    return problem.status === 401 || problem.status >= 500 ? "again" : "stop";
  }

  heard(answer) {
    if (answer.others) this.tell("others", answer.others);
    if (answer.revision > this.revision) {
      this.revision = answer.revision;
      this.tell("newer", answer.revision);
    }
  }

  // ── publishing ─────────────────────────────────────────────────────────────────────────────
  async save(content, { note, over } = {}) {
    this.content = content;
    this.rescuedHere = this.rescue();
    clearTimeout(this.timer);
    this.timer = 0;
    await this.sending;
    this.become("publishing");
    this.publishing = true;
    try {
      const answer = await ask(this.file, { method: "POST", body: { content, base: over ?? this.base, ...(note ? { note } : {}) } });
      this.done(content, answer);
      return answer;
    } catch (problem) {
      if (problem instanceof Refused && problem.status === 409) return this.clash(problem.answer, content);
      this.failed(problem);
      throw problem;
    } finally {
      this.publishing = false;
      if (this.dirty) this.plan(PAUSE);
    }
  }

  done(content, answer) {
    Object.assign(this, { base: answer.revision, revision: answer.revision, published: content, kept: content });
    if (this.content === content) this.forget();
    this.become("published", { at: answer.at });
    this.present();
  }

  clash(answer, content) {
    // The server kept the refused text as working copy; what was typed meanwhile follows.
    this.kept = content;
    this.revision = answer.revision;
    this.become("kept", { at: new Date().toISOString() });
    this.tell("conflict", answer);
    return null;
  }

  // The file as published, mine thrown away: returns its content.
  async discard() {
    clearTimeout(this.timer);
    this.timer = 0;
    await this.sending;
    await ask(this.copy, { method: "DELETE" });
    this.forget();
    const found = await ask(this.file);
    Object.assign(this, { content: found.content, kept: found.content, published: found.content, base: found.revision, revision: found.revision });
    this.become(found.revision ? "published" : "deployed", { at: found.saved_at, by: found.saved_by });
    return found.content;
  }

  // ── being there, going away ────────────────────────────────────────────────────────────────
  // `read` returns what is typed at this moment: a page may go while its last change is being written out.
  watch(read) {
    this.presence = setInterval(() => this.present(), PRESENCE);
    this.present();
    addEventListener("online", () => this.keep());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.leave(read); });
    addEventListener("pagehide", () => this.leave(read));
    addEventListener("beforeunload", (event) => {
      // Only where neither the server nor this browser has it.
      if (this.dirty && !this.rescuedHere) { event.preventDefault(); event.returnValue = ""; }
    });
  }

  async present() {
    if (document.visibilityState === "hidden" || this.sending || this.broken) return;
    if (this.dirty) { this.keep(); return; }
    try {
      this.heard(await ask(this.copy, { method: "PUT", body: { content: null, base: this.base, element: this.element } }));
    } catch (problem) {
      if (problem instanceof Away) this.become("away", { here: true });
      else if (problem.status === 401) this.failed(problem);
    }
  }

  async leave(read) {
    if (this.broken) return;
    const content = await read();
    if (typeof content === "string") this.content = content;
    if (!this.dirty) return;
    this.rescuedHere = this.rescue();
    if (new Blob([this.content]).size < SMALL) {
      ask(this.copy, { method: "PUT", keepalive: true, body: { content: this.content, base: this.base, element: this.element } }).catch(() => {});
    } else this.keep();
  }

  end() {
    this.broken = true;
    clearInterval(this.presence);
    clearTimeout(this.timer);
  }
}
