"""Every string of the analysts' editors (bpmn-js, panels, dmn-js) is said in Kazakh and Russian.

`engine/web/assets/strings.mjs` walks the packages as they are installed, so a new version of one
that asks for a new string fails here.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "engine" / "web" / "assets" / "strings.mjs"
NODE = shutil.which("node")
#: The same in every language: names of notations, and examples that are written as they stand.
SAME = {"BPMN", "CMMN", "DMN", "ID", '"value"', '"value", "value", ...'}

pytestmark = pytest.mark.skipif(
    NODE is None or not (ROOT / "node_modules" / "bpmn-js").exists(),
    reason="needs node and the browser packages: make assets",
)


@pytest.fixture(scope="module")
def found() -> Mapping[str, Any]:
    done = subprocess.run(
        [str(NODE), str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    answer: Mapping[str, Any] = json.loads(done.stdout)
    return answer


def test_the_walk_finds_the_strings_of_every_part(found: Mapping[str, Any]) -> None:
    parts = {
        "Activate hand tool",  # palette
        "Business rule task",  # menu
        "Message Boundary Event (Non Interrupting)",  # the panel's head
        "Called element",  # panel
        "Unlink",  # templates
        "Open minimap",
        "Add rule above",  # decision table
        "Rules may overlap. The first matching rule will be chosen",  # hit policies
        "Create knowledge source",  # decision requirements
        "Literal expression editor",
        "Pause Simulation",
    }
    assert parts <= set(found["strings"])
    assert len(found["strings"]) > 600


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_string_is_without_a_word(found: Mapping[str, Any], language: str) -> None:
    assert found["missing"][language] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_word_has_the_places_of_its_string(found: Mapping[str, Any], language: str) -> None:
    assert found["places"][language] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_word_is_no_english_one(found: Mapping[str, Any], language: str) -> None:
    assert set(found["latin"][language]) == SAME
