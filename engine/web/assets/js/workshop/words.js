// What the frame says, in the page's language: the server puts the sentences into <script id="words" type="application/json">.
const place = document.getElementById("words");
const sentences = place ? JSON.parse(place.textContent) : {};

// Fills {placeholders}; a sentence that the server did not send is seen as its key.
export function said(key, values = {}) {
  return (sentences[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// All of Kazakhstan keeps UTC+5; browsers older than 2024 believe otherwise.
const CLOCK = new Intl.DateTimeFormat("ru", { hour: "2-digit", minute: "2-digit", timeZone: "Etc/GMT-5" });
const DAY = new Intl.DateTimeFormat("ru", { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "Etc/GMT-5" });

// "14:31" of today, "20.11.2026, 14:31" of another day.
export function moment(at, now = new Date()) {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return "";
  return DAY.format(when) === DAY.format(now) ? CLOCK.format(when) : `${DAY.format(when)}, ${CLOCK.format(when)}`;
}

// An element with attributes and children; text is always text.
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

const SPACE = "http://www.w3.org/2000/svg";

export function icon(name) {
  const drawn = document.createElementNS(SPACE, "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SPACE, "use");
  use.setAttribute("href", `${document.querySelector("[data-sprite]")?.dataset.sprite ?? ""}#${name}`);
  drawn.append(use);
  return drawn;
}
