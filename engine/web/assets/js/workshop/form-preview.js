// The form as the product draws it, in a frame of its own: as wide as a phone or a desk, in any language. What one fills
// in stays when the form changes; "check" asks the server what it would tell a member of staff.
import { Away, ask } from "./asking.js";
import { make, said } from "./words.js";

const QUIET = 250; // ms of silence before the form is drawn anew
const AGAIN = 4000;
const WIDE = { phone: 390, desk: 960 }; // px of the frame

export class Preview {
  constructor(element, { read }) {
    Object.assign(this, { element, read, language: document.documentElement.lang, width: "phone", asked: null, timer: 0 });
    this.place = element.querySelector('[data-part="preview"]');
    this.say = element.querySelector('[data-part="preview-say"]');
    this.sent = element.querySelector('[data-part="sent"]');
    for (const button of element.querySelectorAll("[data-lang]")) button.addEventListener("click", () => this.turn("lang", "language", button));
    for (const button of element.querySelectorAll("[data-width]")) button.addEventListener("click", () => this.turn("width", "width", button));
    element.querySelector('[data-do="check"]').addEventListener("click", () => this.draw({ check: true }));
    element.querySelector('[data-do="clear"]').addEventListener("click", () => this.draw({ values: [] }));
    new ResizeObserver(() => this.fit()).observe(this.place);
  }

  turn(group, what, chosen) {
    this[what] = chosen.dataset[group];
    for (const one of this.element.querySelectorAll(`[data-${group}]`)) one.setAttribute("aria-pressed", String(one === chosen));
    this.element.closest("[data-bench]").toggleAttribute("data-desk", this.width === "desk");
    if (what === "width") this.fit();
    else this.draw();
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), QUIET);
  }

  get frame() {
    return this.place.querySelector("iframe[data-shown]");
  }

  // What stands in the form now, as the form would post it.
  values() {
    const form = this.frame?.contentDocument?.getElementById("form");
    return form ? [...new FormData(form)].filter(([, value]) => typeof value === "string") : [];
  }

  async draw({ check = false, values = this.values() } = {}) {
    clearTimeout(this.timer);
    this.asked?.abort();
    const mine = (this.asked = new AbortController());
    try {
      const body = { content: await this.read(), language: this.language, values, check };
      const found = await ask(this.element.dataset.preview, { method: "POST", body, signal: mine.signal });
      if (!mine.signal.aborted) await this.show(found, check);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.tell(problem instanceof Away ? said("preview_away") : said("preview_waits", { why: problem.message }));
      this.place.toggleAttribute("data-old", true);
      if (problem instanceof Away) this.timer = setTimeout(() => this.draw(), AGAIN);
    }
  }

  tell(sentence) {
    this.say.hidden = !sentence;
    this.say.textContent = sentence;
  }

  // The new page is loaded behind the old one, so that nothing blinks.
  async show({ html, sent, errors }, checked) {
    this.tell("");
    this.place.toggleAttribute("data-old", false);
    const old = this.frame;
    const next = make("iframe", { title: said("preview_of"), srcdoc: html });
    next.addEventListener("load", () => this.ready(next, old, checked && errors), { once: true });
    for (const waiting of this.place.querySelectorAll("iframe:not([data-shown])")) waiting.remove();
    this.place.append(next);
    this.fit();
    this.sent.hidden = !(checked && sent);
    if (checked && sent) this.sent.replaceChildren(make("b", {}, sent === "{}" ? said("nothing_sent") : said("would_send")), ...(sent === "{}" ? [] : [make("pre", {}, sent)]));
  }

  ready(next, old, top) {
    const inside = next.contentWindow;
    const at = top ? 0 : old?.contentWindow?.scrollY ?? 0;
    next.dataset.shown = "";
    old?.remove();
    inside.scrollTo(0, at);
    // Nothing is sent from here, and nothing of it is kept in this browser.
    const capture = { capture: true };
    inside.document.addEventListener("submit", (event) => { event.preventDefault(); event.stopImmediatePropagation(); this.draw({ check: true }); }, capture);
    inside.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), capture);
    // A link leads out of the frame only to places in it.
    inside.document.addEventListener("click", (event) => { const link = event.target.closest("a[href]"); if (link && !link.getAttribute("href").startsWith("#")) event.preventDefault(); }, capture);
  }

  // A desk is wider than there is room: it is drawn smaller.
  fit() {
    const wide = WIDE[this.width];
    const room = this.place.clientWidth;
    const scale = Math.min(1, room / wide);
    for (const frame of this.place.querySelectorAll("iframe")) {
      frame.style.width = `${wide}px`;
      frame.style.height = `${this.place.clientHeight / scale}px`;
      frame.style.transform = scale < 1 ? `scale(${scale})` : "";
    }
  }
}
