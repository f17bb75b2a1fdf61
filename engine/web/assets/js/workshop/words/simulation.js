// bpmn-js-token-simulation has no translate(): its words are exchanged as they appear.
import { exchange } from "./dom.js";
import { known } from "./index.js";

const NAMED = /^(.+) (started|finished|canceled)$/;
const FOCUS = /^Focus process instance (.+)$/;

function lookup(language) {
  const word = known(language);
  return (english) => {
    const found = word(english);
    if (found) return found;
    const named = NAMED.exec(english);
    if (named) return word(`{name} ${named[2]}`)?.replace("{name}", named[1]);
    const focus = FOCUS.exec(english);
    return focus ? word("Focus process instance {id}")?.replace("{id}", focus[1]) : undefined;
  };
}

// Call once with the editor's container, before the simulation is switched on.
export function nameSimulation(container, language = document.documentElement.lang) {
  if (language !== "en") exchange(container, { word: lookup(language), inside: "[class*='bts-']" });
}
