// Stands in for what the diagrams' panel never shows here: the code editor of FEEL fields and JSON (ours are plain
// fields with completion, see fields.js), and the validator of element templates (they come from our own server,
// whose tests validate them).
function Never() {}
Never.define = Never.of = () => new Never();

module.exports = { __esModule: true, default: Never, Annotation: Never, EditorView: Never, EditorState: Never };
for (const name of ["FeelersEditor", "bracketMatching", "closeBrackets", "closeBracketsKeymap", "defaultHighlightStyle", "defaultKeymap", "drawSelection", "foldGutter", "foldKeymap", "getVariablesForElement", "getVariablesForScope", "highlightSpecialChars", "history", "historyKeymap", "json", "jsonParseLinter", "keymap", "lineNumbers", "linter", "placeholder", "syntaxHighlighting"]) {
  module.exports[name] = Never;
}
Object.assign(module.exports, {
  getSchemaVersion: () => "99.0.0",
  getZeebeSchemaVersion: () => "99.0.0",
  getZeebeSchemaPackage: () => "",
  validate: (object) => ({ valid: true, object }),
  validateZeebe: (object) => ({ valid: true, object }),
});
