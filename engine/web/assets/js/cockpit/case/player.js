// A case's history played on its diagram, row by row. Rows come in pages, the next while the ones before are played; what
// stands after a row is worked out from the nearest mark before it, so that ten thousand rows move as lightly as ten.
const PACE = 700, MARK = 250;

const copy = (seen) => ({ tokens: new Map(seen.tokens), passed: new Set(seen.passed), flows: new Set(seen.flows) });

// Tells what stands after each row: tokens come with "entered" and go with "left", "ended", "cancelled".
export function story(outgoing) {
  const rows = [], marks = [{ tokens: new Map(), passed: new Set(), flows: new Set() }];
  const follow = (seen, row) => {
    if (row.what === "entered") seen.tokens.set(row.token, row.element);
    else if (row.what === "left" || row.what === "ended") {
      seen.tokens.delete(row.token);
      seen.passed.add(row.element);
      const only = outgoing(row.element);
      for (const flow of row.flows.length ? row.flows : only.length === 1 ? only : []) seen.flows.add(flow);
    } else if (row.what === "cancelled" && row.element) seen.tokens.delete(row.token);
    return seen;
  };
  let end = copy(marks[0]);
  return {
    rows,
    add(more) {
      for (const row of more) {
        rows.push(row);
        end = follow(end, row);
        if (rows.length % MARK === 0) marks.push(copy(end));
      }
    },
    // What stands after the first `count` rows.
    after(count) {
      const from = Math.min(Math.floor(count / MARK), marks.length - 1);
      const seen = copy(marks[from]);
      for (const row of rows.slice(from * MARK, count)) follow(seen, row);
      const here = {};
      for (const element of seen.tokens.values()) here[element] = (here[element] ?? 0) + 1;
      return { here, passed: [...seen.passed], flows: [...seen.flows] };
    },
  };
}

export function player({ viewer, paint, current, src, bar, said, panel }) {
  const registry = viewer.get("elementRegistry"), canvas = viewer.get("canvas");
  const outgoing = (id) => (registry.get(id)?.businessObject.outgoing ?? []).map((flow) => flow.id);
  const told = story(outgoing), slider = bar.querySelector("input"), count = bar.querySelector("[data-play-count]");
  const button = (name) => bar.querySelector(`[data-play=${name}]`);
  let at = null, next = 0, whole = false, loading = null, ticking = 0;

  const load = () => {
    loading ??= fetch(`${src}?after=${next}`, { headers: { "X-Requested-With": "fetch" } })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
      .then((page) => {
        told.add(page.steps);
        next = page.next;
        whole = !page.next;
        slider.max = told.rows.length;
      })
      .catch(() => { said.textContent = bar.dataset.lost; whole = true; })
      .finally(() => { loading = null; });
    return loading;
  };
  // Everything is fetched once the history is looked at: the slider then reaches to its end.
  const everything = async () => { while (!whole) await load(); };

  const icon = (name) => button("toggle").querySelector("use")?.setAttribute("href", button("toggle").querySelector("use").getAttribute("href").replace(/#.*/, `#${name}`));
  function stop() {
    clearInterval(ticking);
    ticking = 0;
    button("toggle").setAttribute("aria-pressed", "false");
    icon("player-play");
  }

  function show(to) {
    at = Math.max(0, Math.min(to, told.rows.length));
    const row = told.rows[at - 1];
    slider.value = at;
    count.textContent = `${at} / ${told.rows.length}${whole ? "" : "…"}`;
    said.textContent = row ? [row.at, row.name, row.words, row.who].filter(Boolean).join(" · ") : "";
    slider.setAttribute("aria-valuetext", said.textContent);
    paint({ ...told.after(at), at: row?.element });
    const shape = row && registry.get(row.element);
    if (shape && !inSight(shape)) canvas.scrollToElement(shape, 60);
  }

  function inSight(shape) {
    const view = canvas.viewbox();
    return shape.x >= view.x && shape.y >= view.y && shape.x + (shape.width ?? 0) <= view.x + view.width && shape.y + (shape.height ?? 0) <= view.y + view.height;
  }

  async function begin() {
    if (!told.rows.length && !whole) await load();
    everything().then(() => at !== null && (count.textContent = `${at} / ${told.rows.length}`));
  }

  const acts = {
    first: () => show(0),
    back: () => show((at ?? told.rows.length) - 1),
    on: () => show((at ?? 0) + 1),
    now: () => {
      at = null;
      said.textContent = count.textContent = "";
      slider.value = slider.max;
      paint(current());
    },
    toggle: () => {
      clearInterval(ticking); // a second press may come while the first one waits for its rows
      if (at === null || at >= told.rows.length) show(0);
      button("toggle").setAttribute("aria-pressed", "true");
      icon("player-pause");
      ticking = setInterval(() => {
        if (at >= told.rows.length && whole) stop();
        else show(at + 1);
      }, matchMedia("(prefers-reduced-motion: reduce)").matches ? 2 * PACE : PACE);
    },
  };
  const act = async (name) => {
    const played = ticking;
    stop();
    if (name === "toggle" && played) return;
    await begin();
    acts[name]();
  };
  bar.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-play]");
    if (pressed) act(pressed.dataset.play);
  });
  slider.addEventListener("pointerdown", begin);
  slider.addEventListener("keydown", (event) => event.key.startsWith("Arrow") && begin());
  slider.addEventListener("input", () => { stop(); begin().then(() => show(Number(slider.value))); });
  const keys = { " ": "toggle", Home: "first", ArrowLeft: "back", ArrowRight: "on" };
  bar.addEventListener("keydown", (event) => {
    const name = keys[event.key];
    // The slider's own arrows move it; a button's space bar presses it.
    if (!name || event.target === slider || (event.key === " " && event.target.closest("button"))) return;
    event.preventDefault();
    act(name);
  });
  // Played while the diagram itself is looked at: its arrows move it, the space bar plays.
  panel.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    act("toggle");
  });
  bar.hidden = false;
}
