// Rows that are ticked in a list: how many, all of the page at once. Without this file boxes and bar work as a plain form.
const bar = document.querySelector("form[data-selection]");

if (bar) {
  const told = bar.querySelector("[data-ticked]");
  const everything = bar.querySelector("[data-everything]");
  const boxes = () => [...document.querySelectorAll("input[data-tick]")];
  const heads = () => [...document.querySelectorAll("input[data-tick-all]")];

  function tell() {
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    told.textContent = ticked ? told.dataset.some.replace("{n}", ticked) : told.dataset.none;
    told.hidden = everything.checked;
    bar.classList.toggle("on", ticked > 0 || everything.checked);
    for (const head of heads()) {
      head.hidden = !all.length;
      head.checked = ticked > 0 && ticked === all.length;
      head.indeterminate = ticked > 0 && ticked < all.length;
    }
  }

  document.addEventListener("change", (event) => {
    const at = event.target;
    if (at.matches("input[data-tick-all]")) for (const box of boxes()) box.checked = at.checked;
    if (at.matches("input[data-tick]") && at.checked) everything.checked = false;
    if (at.matches("input[data-tick], input[data-tick-all], input[data-everything]")) tell();
  });
  // Further rows of the list come by htmx.
  document.addEventListener("htmx:afterSettle", tell);
  tell();
}
