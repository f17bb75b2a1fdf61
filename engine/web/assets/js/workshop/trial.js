// Tokens in a drawing of their own, so that what is tried never touches the draft.
import Viewer from "bpmn-js/lib/NavigatedViewer";
import simulation from "bpmn-js-token-simulation/lib/viewer";
import { known, translation } from "./words/index.js";

// The library says everything in English and colours by style attributes: what it adds is put right at once.
function mended(place, word) {
  const one = (element) => {
    if (element.dataset.style) element.style.cssText = element.dataset.style;
    const title = element.title && word(element.title);
    if (title) element.title = title;
    for (const node of element.childNodes) {
      const said = node.nodeType === Node.TEXT_NODE && word(node.data.trim());
      if (said) node.data = said;
    }
  };
  const all = (root) => { if (root instanceof HTMLElement) [root, ...root.querySelectorAll("*")].filter((each) => each instanceof HTMLElement).forEach(one); };
  const watch = new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(all)));
  watch.observe(place, { childList: true, subtree: true });
  all(place);
  return watch;
}

export async function trial({ container, xml, language }) {
  const viewer = new Viewer({ container, additionalModules: [simulation, translation(language)] });
  const watch = mended(container, known(language));
  viewer.on("diagram.destroy", () => watch.disconnect());
  await viewer.importXML(xml);
  viewer.get("toggleMode").toggleMode(true);
  return viewer;
}
