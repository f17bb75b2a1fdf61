// The text of a form: an empty one, and what the editor made written without its noise.

// A file that has nothing yet, named by its path: forms/kandas/second.json → kandas_second.
export function emptyForm(path) {
  const id = path.replace(/^forms\//, "").replace(/\.(json|form)$/, "").replace(/[^A-Za-z0-9_]/g, "_");
  return `${JSON.stringify({ type: "default", id, schemaVersion: 19, components: [] }, null, 2)}\n`;
}

// form-js gives every component a row of its own to stand in; told is only what more than one shares.
function rows(components, count = new Map()) {
  for (const one of components ?? []) {
    if (one.layout?.row) count.set(one.layout.row, (count.get(one.layout.row) ?? 0) + 1);
    rows(one.components, count);
  }
  return count;
}

function told(components, shared, before) {
  return (components ?? []).map((one) => {
    const { layout, components: inner, ...rest } = one;
    const kept = before.get(one.id)?.layout !== undefined || shared.get(layout?.row) > 1 || layout?.columns;
    return { ...rest, ...(kept && layout ? { layout: plain(layout) } : {}), ...(inner ? { components: told(inner, shared, before) } : {}) };
  });
}

// Columns that nobody set come as null.
const plain = (layout) => Object.fromEntries(Object.entries(layout).filter(([, value]) => value !== null));

const byId = (components, found = new Map()) => {
  for (const one of components ?? []) { found.set(one.id, one); byId(one.components, found); }
  return found;
};

// The schema as a text; `begun` is the form as it was loaded.
export function written(schema, begun) {
  const components = told(schema.components, rows(schema.components), byId(begun?.components));
  return `${JSON.stringify({ ...schema, components }, null, 2)}\n`;
}
