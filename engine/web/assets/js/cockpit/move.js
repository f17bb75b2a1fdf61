// Choosing an element on the diagram, beside a select that says the same. The drawing, with its viewer, is fetched
// when somebody opens it; without it, or if that fails, the select does all.
const opened = new WeakSet();

function style(address) {
  if ([...document.styleSheets].some((one) => one.href?.split("?")[0] === new URL(address, location.href).href.split("?")[0])) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
}

async function open(fold) {
  const place = fold.querySelector("[data-drawing]");
  const select = fold.closest("form").elements.target;
  try {
    style(fold.dataset.style);
    const { draw } = await import(fold.dataset.script);
    await draw({ place, select, zoom: fold.querySelectorAll("[data-zoom]"), said: fold.querySelector("[data-said]") });
  } catch {
    place.textContent = place.dataset.failed;
    place.classList.add("failed");
  }
}

// A form that comes into a panel later is none of ours yet when the page begins: "toggle" is caught on its way down.
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches?.("[data-target-a]") || !target.open || opened.has(target)) return;
  opened.add(target);
  open(target);
}, true);
