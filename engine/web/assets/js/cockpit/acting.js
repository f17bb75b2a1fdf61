// Acts in a panel beside the page they are asked from: a link marked data-act. Without scripts, and when anything fails,
// the link leads to the act's own page. Its form is sent as any form is: what is refused is drawn as a page.

let panel = null;

function make() {
  const made = document.createElement("dialog");
  made.className = "act-d";
  made.setAttribute("aria-labelledby", "act-h");
  made.addEventListener("click", (event) => {
    if (event.target !== made && !event.target.closest("[data-act-close]")) return;
    event.preventDefault();
    made.close();
  });
  document.body.append(made);
  return made;
}

async function open(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const body = await answer.text();
  panel ??= make();
  panel.innerHTML = body;
  window.htmx?.process(panel);
  panel.showModal();
  panel.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-act]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(link).catch(() => { location.href = link.href; });
});
