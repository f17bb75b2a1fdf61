// The frame of every page: tokens, notices, menus, numbers in the menu, filters that apply themselves.
document.documentElement.classList.add("js");

export const token = () => document.querySelector("meta[name=csrf]")?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token();
});

// Numbers beside the menu's lines come with the pulse.
document.addEventListener("pulse", (event) => {
  for (const [name, said] of Object.entries(event.detail)) {
    for (const place of document.querySelectorAll(`[data-count="${name}"]`)) place.textContent = said === "0" ? "" : said;
  }
});

// A part of the page could not be loaded: say so, leave the page as it is.
document.addEventListener("signed-out", () => document.querySelector("form[data-draft]") || location.reload());

document.addEventListener("click", (event) => {
  const dismissed = event.target.closest("[data-dismiss]");
  if (dismissed) dismissed.parentElement.remove();
  if (event.target.closest("[data-reload]")) { event.preventDefault(); location.reload(); }
  for (const menu of document.querySelectorAll("details.me-menu[open], details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.me-menu[open], details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => {
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
    form.submit();
  });
}

// The button that was pressed shows that it works; a second press of it is not sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  event.submitter?.classList.add("works");
  // A page that comes back from the browser's memory can be sent again.
  addEventListener("pageshow", () => { delete form.dataset.sent; event.submitter?.classList.remove("works"); }, { once: true });
});

// How many are ticked.
function count(form) {
  const ticked = form.querySelectorAll("input.tick:checked").length;
  for (const place of form.querySelectorAll("[data-ticked]")) {
    place.dataset.none ??= place.textContent;
    place.textContent = ticked ? `${ticked} ✓` : place.dataset.none;
  }
}
for (const form of document.querySelectorAll("form.cases, form.moves")) {
  form.addEventListener("change", () => count(form));
  form.addEventListener("reset", () => setTimeout(() => count(form)));
}

document.querySelector("[data-focus]")?.focus();
// The notice of what went wrong is what one must read first.
document.querySelector("[data-focus]")?.scrollIntoView({ block: "center" });
