// The demo's sign-in: a field that leaves of many offices the ones with the words typed.
const box = document.querySelector("[data-sift]");

if (box) {
  const field = box.querySelector("input");
  const none = document.querySelector("[data-none]");
  const offices = [...document.querySelectorAll("details[data-sifted]")];
  const before = offices.map((office) => office.open);
  const has = (text, words) => words.every((word) => text.includes(word));

  // People whose line, with their office's name, has all words; an office opens if it has any.
  function sift() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    offices.forEach((office, number) => {
      const name = office.querySelector("summary").textContent.toLowerCase();
      const people = [...office.querySelectorAll("li")];
      for (const one of people) one.hidden = !has(`${name} ${one.textContent.toLowerCase()}`, words);
      const left = people.filter((one) => !one.hidden).length;
      office.hidden = left === 0;
      office.open = words.length ? true : before[number];
      shown += left;
    });
    none.textContent = shown ? "" : none.dataset.none;
  }

  box.hidden = false;
  field.addEventListener("input", sift);
  if (field.value) sift();
}
