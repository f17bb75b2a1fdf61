// Builds engine/web/static from this folder and node_modules. Run from anywhere: node engine/web/assets/build.mjs
//
// Out come: app.css (what we use of Tabler, then ours), app.js (every page), case.js and case.css (the diagram),
// editor, tables, formeditor, compare and heat (.js, .css: the analysts' workshop) with their shared parts/,
// cockpit.css and cockpit.js (every page of the administrators: css/cockpit*.css, js/cockpit/*.js), inspect.js (the
// page of one case) and target.js (the diagram on which an element is chosen), pdf-<version>/ (pdf.js as it is, loaded when somebody opens a PDF),
// icons.svg (the icons that templates name), fonts, and manifest.json (name → first 12 digits of its SHA-256).
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { prune } from "./prune.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const modules = join(root, "node_modules");
const target = join(root, "engine/web/static");
const out = join(modules, `.zholdama-${process.pid}`);
// Licences ask that their notices go with the copies.
const NOTICE = "/*! Tabler (MIT, tabler.io) · Inter (OFL 1.1, rsms.me/inter) · Tabler Icons (MIT) */";
// Sheets of the administrators' pages alone; a page of the staff does not carry them.
const COCKPIT = /cockpit[^/\\]*\.css$/;
const FONTS = ["latin", "cyrillic", "cyrillic-ext"];

async function walk(folder, wanted) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((e) => e.isFile() && wanted.test(e.name)).map((e) => join(e.parentPath ?? e.path, e.name));
}

// Everything in which a class or an icon can be named.
async function sources() {
  const files = [
    ...(await walk(join(root, "engine/web"), /\.(html|py|js)$/)),
    ...(await walk(join(root, "handlers"), /\.(html|py)$/)),
  ].filter((name) => !name.startsWith(target));
  return (await Promise.all(files.map((name) => readFile(name, "utf8")))).join("\n");
}

async function sprite(text) {
  const always = (await readFile(join(here, "icons.txt"), "utf8")).split(/\s+/).filter(Boolean);
  const named = [...text.matchAll(/\bicon(?:=|\()\s*["']([a-z0-9-]+)["']/g)].map((m) => m[1]);
  const symbols = [];
  for (const name of [...new Set([...always, ...named])].sort()) {
    const file = join(modules, "@tabler/icons/icons/outline", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`no icon "${name}" in @tabler/icons`);
    const shape = (await readFile(file, "utf8")).replace(/<!--[^]*?-->/g, "").match(/<svg[^>]*>([^]*)<\/svg>/)[1];
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${shape.replace(/\s*\n\s*/g, "")}</symbol>`);
  }
  return `<!-- Tabler Icons, MIT --><svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

async function styles(text) {
  const words = new Set(text.match(/[A-Za-z_][\w-]*/g));
  const tabler = await readFile(join(modules, "@tabler/core/dist/css/tabler.min.css"), "utf8");
  const ours = await readFile(join(here, "css/zholdama.css"), "utf8");
  const every = (await walk(join(here, "css"), /\.css$/)).filter((f) => !f.endsWith("zholdama.css")).sort();
  const [extra, cockpit] = await Promise.all([every.filter((f) => !COCKPIT.test(f)), every.filter((f) => COCKPIT.test(f))].map((some) => Promise.all(some.map((f) => readFile(f, "utf8")))));
  await sheet("app.css", [NOTICE, prune(tabler, words), ours, ...extra]);
  await sheet("cockpit.css", cockpit);
}

async function sheet(name, parts) {
  await writeFile(join(out, `${name}.in`), parts.join("\n"));
  await build({ entryPoints: [join(out, `${name}.in`)], loader: { ".in": "css" }, minify: true, outfile: join(out, name), logLevel: "error" });
  await rm(join(out, `${name}.in`));
}

const COMMON = { bundle: true, minify: true, target: "es2020", legalComments: "linked", logLevel: "error", loader: { ".woff": "file", ".woff2": "file", ".ttf": "file", ".eot": "file", ".svg": "dataurl" }, assetNames: "fonts/[name]-[hash]", nodePaths: [modules] };
// Pages of the workshop: modules, so that what is rarely used (tokens, layout, words of one language) comes when asked for.
// Entries whose script is not there are left out; "compare" draws two versions side by side.
const WORKSHOP = ["editor", "tables", "formeditor", "compare", "heat"];
const CHUNKS = { format: "esm", target: "es2022", splitting: true, chunkNames: "parts/[name]-[hash]" };

async function scripts() {
  await build({ ...COMMON, format: "iife", entryPoints: { app: join(here, "js/app.js"), case: join(here, "js/case.js") }, outdir: out });
  await cockpit();
  const found = WORKSHOP.map((name) => [name, join(here, `js/workshop/${name}.js`)]).filter(([, file]) => existsSync(file));
  // The diagrams' panel draws fields in our own way: the libraries' code editor and the validator of templates,
  // a megabyte, would only be carried along. Tables and forms need them.
  const alone = found.filter(([name]) => name === "editor");
  if (alone.length) await build({ ...COMMON, ...CHUNKS, entryPoints: Object.fromEntries(alone), outdir: out, plugins: [lean] });
  const rest = found.filter(([name]) => name !== "editor");
  if (rest.length) await build({ ...COMMON, ...CHUNKS, entryPoints: Object.fromEntries(rest), outdir: out });
}

// What lies in js/cockpit runs on every page of the cockpit; only the diagram of a case, with its viewer, on one.
async function cockpit() {
  const folder = join(here, "js/cockpit"), single = join(folder, "case.js");
  const every = (await walk(folder, /\.js$/)).filter((file) => file !== single && dirname(file) === folder).sort();
  const contents = every.map((file) => `import ${JSON.stringify(`./${relative(folder, file)}`)};`).join("\n");
  await build({ ...COMMON, format: "iife", stdin: { contents, resolveDir: folder, sourcefile: "cockpit.js" }, outfile: join(out, "cockpit.js") });
  await build({ ...COMMON, format: "iife", entryPoints: { inspect: single }, outdir: out });
  // The diagram on which an element is chosen: asked for when somebody opens it.
  await build({ ...COMMON, format: "esm", entryPoints: { target: join(folder, "move/target.js") }, outdir: out });
}

const SPARED = /^(@bpmn-io\/(feel-editor|feelers-editor|element-templates-validator|extract-process-variables(\/zeebe)?)|@codemirror\/.*|bpmnlint\/.*)$/;
const lean = {
  name: "lean",
  setup(build) {
    build.onResolve({ filter: SPARED }, () => ({ path: join(here, "js/workshop/spared.cjs") }));
    // Tokens are coloured by style attributes, which the policy refuses: trial.js puts them on by itself.
    build.onLoad({ filter: /bpmn-js-token-simulation[\\/]lib[\\/].*\.js$/ }, async ({ path }) => ({ contents: (await readFile(path, "utf8")).replace(/(?<=[\s`])style="(?=color|background)/g, 'data-style="') }));
  },
};

// The name carries the version: pdf.js asks for the parts beside it by bare names, which browsers keep for a year.
async function paper() {
  const from = join(modules, "pdfjs-dist");
  const to = join(out, `pdf-${JSON.parse(await readFile(join(from, "package.json"), "utf8")).version}`);
  await mkdir(to);
  const parts = { "legacy/build/pdf.min.mjs": "pdf.js", "legacy/build/pdf.worker.min.mjs": "worker.js", LICENSE: "LICENSE", cmaps: "cmaps", standard_fonts: "standard_fonts" };
  // The policy allows no WebAssembly: its decoders come as plain scripts.
  for (const codec of ["openjpeg", "jbig2"]) parts[`wasm/${codec}_nowasm_fallback.js`] = `${codec}_nowasm_fallback.js`;
  for (const [name, there] of Object.entries(parts)) await cp(join(from, name), join(to, there), { recursive: true });
}

async function manifest() {
  const sums = {};
  for (const file of await walk(out, /\.(css|js|svg|woff2?|bcmap|pfb|ttf)$/)) {
    const data = await readFile(file);
    sums[relative(out, file)] = createHash("sha256").update(data).digest("hex").slice(0, 12);
    if (/\.(css|js|svg)$/.test(file)) {
      await writeFile(`${file}.gz`, gzipSync(data, { level: 9 }));
      await writeFile(`${file}.br`, brotliCompressSync(data));
    }
  }
  await writeFile(join(out, "manifest.json"), JSON.stringify(sums, null, 1));
  return sums;
}

await rm(out, { recursive: true, force: true });
await mkdir(join(out, "fonts"), { recursive: true });
const text = await sources();
await writeFile(join(out, "icons.svg"), await sprite(text));
await styles(text);
await scripts();
await paper();
for (const face of FONTS) {
  const name = `inter-${face}-wght-normal.woff2`;
  await cp(join(modules, "@fontsource-variable/inter/files", name), join(out, "fonts", name));
}
await cp(join(here, "mark.svg"), join(out, "mark.svg"));
const built = await manifest();
// The old folder is replaced at the very end: a server that runs meanwhile never sees half a build.
await rm(target, { recursive: true, force: true });
await rename(out, target);
console.log(`built ${Object.keys(built).length} files into ${relative(root, target)}`);
