// Kazakh and Russian for bpmn-js, dmn-js and what belongs to them: they ask a `translate` for every word.
//
//   new Modeler({ additionalModules: [..., translation("kk")] })
//
// Russian begins with what bpmn-js-i18n has (MIT); ru.js adds what is missing and mends what is wrong.
// A string without a word stays English; tests/unit/web/test_words.py lists those.
import begun from "bpmn-js-i18n/translations/ru.js";
import kk from "./kk.js";
import ru from "./ru.js";

const LANGUAGES = { kk: [kk], ru: [ru, begun], en: [] };

// The panel names a thing "User Task" where the menu says "User task".
function alike(template) {
  return template.toLowerCase().replace("non interrupting", "non-interrupting");
}

function dictionary(language) {
  const words = new Map();
  for (const one of [...(LANGUAGES[language] ?? [])].reverse()) {
    for (const [english, word] of Object.entries(one)) words.set(alike(english), word).set(english, word);
  }
  return words;
}

// Returns the word for a string, undefined if there is none.
export function known(language) {
  const words = dictionary(language);
  return (template) => words.get(template) ?? words.get(alike(template));
}

// Returns the function that bpmn-js calls for each string: template with {places}, and what stands there.
export function translator(language) {
  const word = known(language);
  return (template, replacements = {}) => {
    const said = word(`${template}`) ?? `${template}`;
    return said.replace(/{([^}]+)}/g, (place, name) => replacements[name] ?? place);
  };
}

// Returns the module that gives an editor its words; without a language, the page's.
export function translation(language = document.documentElement.lang) {
  return { translate: ["value", translator(language)] };
}
