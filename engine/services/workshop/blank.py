"""What a new file begins as."""

import json
import re
from xml.sax.saxutils import quoteattr

_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d_{key}"
 targetNamespace="urn:zholdama:{key}">
 <bpmn:process id="{key}" name={name} isExecutable="true">
  <bpmn:startEvent id="begin"/>
  <bpmn:endEvent id="done"/>
  <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="done"/>
 </bpmn:process>
 <bpmndi:BPMNDiagram id="di_{key}"><bpmndi:BPMNPlane id="plane_{key}" bpmnElement="{key}">
  <bpmndi:BPMNShape id="s_begin" bpmnElement="begin">
   <dc:Bounds x="160" y="100" width="36" height="36"/></bpmndi:BPMNShape>
  <bpmndi:BPMNShape id="s_done" bpmnElement="done">
   <dc:Bounds x="400" y="100" width="36" height="36"/></bpmndi:BPMNShape>
  <bpmndi:BPMNEdge id="e_f1" bpmnElement="f1">
   <di:waypoint x="196" y="118"/><di:waypoint x="400" y="118"/></bpmndi:BPMNEdge>
 </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
_TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d_{key}" name={name}
 namespace="urn:zholdama:{key}">
 <decision id="{key}" name={name}>
  <variable id="{key}_value" name={name} typeRef="string"/>
  <decisionTable id="{key}_table" hitPolicy="FIRST">
   <input id="{key}_in" label={label}>
    <inputExpression id="{key}_said" typeRef="string"><text>value</text></inputExpression>
   </input>
   <output id="{key}_out" name="result" typeRef="string"/>
   <rule id="{key}_rule"><inputEntry id="{key}_when"><text>-</text></inputEntry>
    <outputEntry id="{key}_then"><text>""</text></outputEntry></rule>
  </decisionTable>
 </decision>
</definitions>
"""


def content(name: str, title: str = "") -> bytes:
    """Return the first content of a file by its ending; its key comes from its name."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    key = re.sub(r"\W", "_", stem, flags=re.ASCII)
    key = f"p_{key}" if key[:1].isdigit() else key
    said = title.strip() or stem
    if name.endswith(".bpmn"):
        return _DIAGRAM.format(key=key, name=quoteattr(said)).encode()
    if name.endswith(".dmn"):
        return _TABLE.format(key=key, name=quoteattr(said), label=quoteattr(said)).encode()
    form = {"type": "default", "id": key, "schemaVersion": 19, "components": []}
    return json.dumps(form).encode()
