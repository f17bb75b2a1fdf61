// Keeps of a style sheet only the rules whose classes are named somewhere in our sources.

// Splits a block's text into [prelude, body | null] pairs; quoted text may contain braces and semicolons.
function* rules(css) {
  let start = 0, depth = 0, open = -1, quote = "";
  for (let i = 0; i < css.length; i++) {
    const c = css[i];
    if (quote) {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "{") { if (depth++ === 0) open = i; }
    else if (c === "}") {
      if (--depth === 0) {
        yield [css.slice(start, open).trim(), css.slice(open + 1, i)];
        start = i + 1;
      }
    } else if (c === ";" && depth === 0) {
      yield [css.slice(start, i).trim(), null];
      start = i + 1;
    }
  }
}

// Commas inside :is(…) do not part selectors.
function selectors(prelude) {
  const found = [];
  let depth = 0, start = 0;
  for (let i = 0; i < prelude.length; i++) {
    if (prelude[i] === "(" || prelude[i] === "[") depth++;
    else if (prelude[i] === ")" || prelude[i] === "]") depth--;
    else if (prelude[i] === "," && depth === 0) { found.push(prelude.slice(start, i)); start = i + 1; }
  }
  return [...found, prelude.slice(start)];
}

function wanted(selector, words) {
  const positive = selector.replace(/:not\([^)]*\)/g, "");
  return [...positive.matchAll(/\.((?:\\.|[\w-])+)/g)].every((m) => words.has(m[1].replace(/\\/g, "")));
}

export function prune(css, words) {
  const clean = css.replace(/\/\*[^]*?\*\//g, "").replace(/@charset[^;]*;/, "");
  let kept = "";
  for (const [prelude, body] of rules(clean)) {
    if (body === null) kept += `${prelude};`;
    else if (/^@(media|supports|layer|container)/.test(prelude)) {
      const inner = prune(body, words);
      if (inner) kept += `${prelude}{${inner}}`;
    } else if (prelude.startsWith("@")) kept += `${prelude}{${body}}`;
    else {
      const keep = selectors(prelude).filter((one) => wanted(one, words));
      if (keep.length) kept += `${keep.join(",")}{${body}}`;
    }
  }
  return kept;
}
