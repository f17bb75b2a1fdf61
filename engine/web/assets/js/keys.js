// Keys. A page registers its own; "?" shows them all.
const actions = new Map();

export function key(name, act) {
  actions.set(name, act);
}

export const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
  // Enter belongs to the link or button that has the focus; a row of the list is the page's own.
  if (event.key === "Enter" && event.target.closest("a:not(.case), button, summary, label, input")) return;
  const act = actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key) ?? actions.get(event.code);
  if (act && act(event) !== false) event.preventDefault();
});

const dialog = document.getElementById("keys");

async function overlay() {
  if (!dialog.childElementCount) {
    const answer = await fetch(dialog.dataset.src, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    dialog.innerHTML = await answer.text();
  }
  dialog.showModal();
}
key("?", () => { overlay(); });
function search() {
  const field = document.querySelector("input[type=search]");
  if (!field) return false;
  field.focus();
  field.select();
}
key("/", search);
key("Slash", search);
dialog?.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("[data-close]")) dialog.close(); });
