"""Opened in an editor and saved without a change, a file is the same: no line differs in git.

The editors' own libraries read and write the files here, as they do in the browser.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.services.workshop.comparing import normal

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "node_modules"
NODE = shutil.which("node")
FILES = sorted(
    path for path in (ROOT / "processes").rglob("*.*mn") if path.suffix in {".bpmn", ".dmn"}
)
SCRIPT = """
import { readFileSync } from "node:fs";
const [modules, ...files] = process.argv.slice(1);
const { BpmnModdle } = await import(`${modules}/bpmn-moddle/dist/index.js`);
const { DmnModdle } = await import(`${modules}/dmn-moddle/dist/index.js`);
const camunda = JSON.parse(readFileSync(`${modules}/camunda-bpmn-moddle/resources/camunda.json`));
const written = {};
for (const file of files) {
  const table = file.endsWith(".dmn");
  const moddle = table ? new DmnModdle() : new BpmnModdle({ camunda });
  const type = table ? "dmn:Definitions" : "bpmn:Definitions";
  const read = await moddle.fromXML(readFileSync(file, "utf8"), type);
  written[file] = (await moddle.toXML(read.rootElement, { format: true })).xml;
}
console.log(JSON.stringify(written));
"""

pytestmark = pytest.mark.skipif(
    NODE is None or not (MODULES / "bpmn-moddle").exists(),
    reason="needs node and the browser packages: make assets",
)


def rewritten(files: list[Path]) -> dict[str, str]:
    command = [str(NODE), "--input-type=module", "-e", SCRIPT, str(MODULES), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_what_the_editors_write_is_kept_as_it_was() -> None:
    written = rewritten(FILES)
    assert len(written) == len(FILES) > 5
    for path in FILES:
        content = path.read_bytes()
        assert written[str(path)].encode() != content, "then nothing is shown here"
        assert normal(path.name, written[str(path)].encode()) == content, path.name


def test_defaults_that_the_editors_leave_out_make_no_difference(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.bpmn"
    content = FILES[0].read_text("utf-8")
    said = content.replace(
        "<bpmn:exclusiveGateway ", '<bpmn:exclusiveGateway gatewayDirection="Unspecified" '
    )
    assert said != content
    spoken.write_text(said, "utf-8")
    written = rewritten([spoken])[str(spoken)].encode()
    assert normal(spoken.name, written) == normal(spoken.name, spoken.read_bytes())
