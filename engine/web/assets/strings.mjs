// Lists, as JSON, the strings that the analysts' editors ask a word for, and those for which kk.js or ru.js have none
// or a doubtful one: tests/unit/web/test_words.py runs it. By hand: node engine/web/assets/strings.mjs
//
// The editors' modules are bundled as their pages bundle them, so what cannot appear here (Camunda 8's panels) is
// shaken off; the rest is read for translate("…"), and for tables whose entries reach translate() one by one.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "../../../node_modules");

const EDITORS = `
import Modeler from "bpmn-js/lib/Modeler";
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from "bpmn-js-properties-panel";
import { ElementTemplatesPropertiesProviderModule } from "bpmn-js-element-templates";
import minimap from "diagram-js-minimap";
import Dmn from "dmn-js/lib/Modeler";
console.log(Modeler, BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule,
  ElementTemplatesPropertiesProviderModule, minimap, Dmn);`;

const QUOTED = String.raw`("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\x60(?:\\.|[^\x60\\$])*\x60)`;
const after = (pattern) => new RegExp(pattern + QUOTED, "g");
const label = after(String.raw`\blabel(?: =|:) `);

// File of node_modules → what takes the strings of its tables out of it.
const TABLES = {
  "bpmn-js/lib/features/popup-menu/PopupEntries.js": label,
  "bpmn-js/lib/features/replace/ReplaceOptions.js": label,
  "bpmn-js/lib/features/modeling-feedback/ModelingFeedback.js": after("_ERR_MSG = "),
  "dmn-js-drd/lib/features/replace/ReplaceOptions.js": label,
  "dmn-js-drd/lib/features/drill-down/DrillDown.js": after("title: "),
  "dmn-js-decision-table/lib/features/hit-policy/HitPolicies.js": after("(?:label|explanation): "),
  "dmn-js-decision-table/lib/features/simple-duration-edit/components/DurationInput.js": after("Duration: "),
  "dmn-js-decision-table/lib/features/simple-date-edit/Utils.js": after("\\n {4}return (?='Date)"),
  "dmn-js-decision-table/lib/features/simple-time-edit/Utils.js": after("\\n {4}return (?='Time)"),
  "dmn-js-decision-table/lib/features/simple-date-time-edit/Utils.js": after("\\n {4}return (?='Date)"),
  "dmn-js-shared/lib/util/IdsUtil.js": after("return (?='[EI])"),
};

// Put together by the packages out of pieces, or carried by a list of bare words.
const COMPOSED = [
  ...["left", "right", "center", "top", "bottom", "middle"].map((side) => `Align elements ${side}`),
  "Empty pool/participant (removes content)", "Compensate Boundary Event",
  "string", "boolean", "number", "date", "time", "dateTime", "dayTimeDuration", "yearMonthDuration", "Any",
];

// bpmn-js-token-simulation has no translate(): assets/js/workshop/words/simulation.js puts these in by itself.
const SIMULATION = [
  "Token Simulation", "Toggle Simulation Log", "Simulation Log", "Reset Simulation", "Play/Pause Simulation",
  "Play Simulation", "Pause Simulation", "Set animation speed = Slow", "Set animation speed = Normal",
  "Set animation speed = Fast", "Found unsupported elements", "Not supported", "No Entries", "Close",
  "Set Sequence Flow", "Trigger Event", "Add pause point", "Remove pause point", "Focus process instance {id}",
  "Intermediate Event",
  ...["started", "finished", "canceled"].flatMap((end) => ["Process", "SubProcess", "{name}"].map((what) => `${what} ${end}`)),
];

// `$inject` lists keep a class alive that nothing uses.
const shake = {
  name: "shake",
  setup(plugins) {
    plugins.onLoad({ filter: /(properties-panel|element-templates)\/dist\/index\.esm\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/^\w+(\$\d+)?\.\$inject = \[[^\]]*\];/gm, ""),
    }));
  },
};

async function bundled() {
  const made = await build({
    stdin: { contents: EDITORS, resolveDir: here }, bundle: true, write: false, format: "esm", charset: "utf8",
    nodePaths: [modules], loader: { ".svg": "text" }, logLevel: "error", plugins: [shake],
  });
  return made.outputFiles[0].text;
}

const plain = (quoted) => (0, eval)(quoted);
const taken = (text, pattern) => [...text.matchAll(pattern)].map((found) => plain(found.at(-1)));

// "UserTask" → "User Task", as the panel's head does; only kinds that BPMN knows.
function kinds(code) {
  const names = [...code.match(/iconsByType = {([^}]*)}/)[1].matchAll(/"(\w+)"/g)].map((found) => found[1]);
  const never = /Multiple|CatchEventNon|^(Cancel|Compensate|Error|Escalation)IntermediateCatch|^LinkEnd/;
  return names.filter((name) => !never.test(name)).map((name) =>
    name.replace(/(\B[A-Z])/g, " $1").replace(/(\bNon Interrupting)/g, "($1)"));
}

function listed(code) {
  const tables = code.matchAll(/(?:IMPLEMENTATION_TYPE|EVENT)_TO_LABEL\w*(?:\$\d)? = {([^}]*)}/g);
  return [...tables].flatMap((table) => taken(table[1], after(": ")));
}

async function strings() {
  const code = await bundled();
  const carried = Object.entries(TABLES).flatMap(([name, pattern]) => {
    const found = taken(readFileSync(join(modules, name), "utf8"), pattern);
    if (!found.length) throw new Error(`nothing found in ${name}: has the package changed?`);
    return found;
  });
  const direct = taken(code, after(String.raw`\b_?translate\d*\(\s*`));
  const labels = taken(code, after(String.raw`IMPLEMENTATION_TYPE_\w+_LABEL = `));
  return new Set([...direct, ...carried, ...kinds(code), ...listed(code), ...labels, ...COMPOSED, ...SIMULATION]);
}

// The words as a page has them.
async function dictionaries() {
  const made = await build({
    entryPoints: [join(here, "js/workshop/words/index.js")], bundle: true, write: false, format: "esm",
    charset: "utf8", nodePaths: [modules], logLevel: "error",
  });
  const code = Buffer.from(made.outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

const places = (text) => [...text.matchAll(/{[^}]+}/g)].map((found) => found[0]).sort().join();
// A piece of a longer string, or of a drawing's transform.
const broken = (text) => !/[A-Za-z]/.test(text) || /^ \+/.test(text) || text === "Align elements ";
const wanted = [...(await strings())].filter((one) => !broken(one)).sort();
const { known } = await dictionaries();
const answer = { strings: wanted, missing: {}, places: {}, latin: {} };
for (const language of ["kk", "ru"]) {
  const word = known(language);
  const found = wanted.filter((one) => word(one) !== undefined);
  answer.missing[language] = wanted.filter((one) => word(one) === undefined);
  answer.places[language] = found.filter((one) => places(word(one)) !== places(one));
  answer.latin[language] = found.filter((one) => !/\p{Script=Cyrillic}/u.test(word(one)));
}
console.log(JSON.stringify(answer, null, 1));
