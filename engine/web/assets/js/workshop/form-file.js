// The text of a form: an empty one, and what the editor made written without its noise, so that a difference shows what
// somebody changed.

// A file that has nothing yet, named by its path: forms/kandas/second.json → kandas_second.
export function emptyForm(path) {
  const id = path.replace(/^forms\//, "").replace(/\.(json|form)$/, "").replace(/[^A-Za-z0-9_]/g, "_");
  return `${JSON.stringify({ type: "default", id, schemaVersion: 19, components: [] }, null, 2)}\n`;
}

const every = (components) => (components ?? []).flatMap((one) => [one, ...every(one.components)]);
const byId = (form) => new Map(every(form?.components).map((one) => [one.id, one]));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// What form-js wrote into the components of a form by opening it: id → attributes that the file does not have.
export function added(opened, begun) {
  const before = byId(begun);
  return new Map(every(opened.components).map((one) => [one.id, Object.fromEntries(Object.entries(one).filter(([name]) => !(name in (before.get(one.id) ?? one))))]));
}

// Every component gets a row of its own to stand in; told is only what more than one shares.
function rows(components) {
  const count = new Map();
  for (const { layout } of every(components)) if (layout?.row) count.set(layout.row, (count.get(layout.row) ?? 0) + 1);
  return count;
}

// The schema as a text; `begun` is the form as it was loaded, `noise` what opening it `added`.
export function written(schema, begun, noise) {
  const shared = rows(schema.components);
  const before = byId(begun);
  const told = (components) => components.map((one) => {
    const ours = noise.get(one.id) ?? {};
    const kept = Object.entries(one).filter(([name, value]) => name !== "layout" && !(name in ours && same(ours[name], value)));
    const layout = Object.entries(one.layout ?? {}).filter(([, value]) => value !== null);
    const stands = before.get(one.id)?.layout !== undefined || shared.get(one.layout?.row) > 1 || one.layout?.columns;
    return { ...Object.fromEntries(kept), ...(stands && layout.length ? { layout: Object.fromEntries(layout) } : {}), ...(one.components ? { components: told(one.components) } : {}) };
  });
  return `${JSON.stringify({ ...schema, components: told(schema.components ?? []) }, null, 2)}\n`;
}
