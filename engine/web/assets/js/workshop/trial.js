// Tokens in a drawing of their own, so that what is tried never touches the draft.
import Viewer from "bpmn-js/lib/NavigatedViewer";
import simulation from "bpmn-js-token-simulation/lib/viewer";
import { translation } from "./words/index.js";

export async function trial({ container, xml, language, bpmnRenderer }) {
  const viewer = new Viewer({ container, additionalModules: [simulation, translation(language)], bpmnRenderer });
  await viewer.importXML(xml);
  viewer.get("toggleMode").toggleMode(true);
  return viewer;
}
