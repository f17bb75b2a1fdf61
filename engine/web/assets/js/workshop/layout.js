// A file without a drawing gets one; a new file begins with a start and an end.
export const needsLayout = (xml) => !/<[\w-]*:?BPMNDiagram[\s>]/.test(xml);

// The layout follows `incoming` and `outgoing`, which not every tool writes.
async function linked(xml, moddle) {
  const { rootElement } = await moddle.fromXML(xml);
  const walk = (scope) => {
    for (const one of scope.get("flowElements")) {
      if (one.$type === "bpmn:SequenceFlow") {
        const [from, to] = [one.sourceRef?.get("outgoing"), one.targetRef?.get("incoming")];
        if (from && !from.includes(one)) from.push(one);
        if (to && !to.includes(one)) to.push(one);
      } else if (one.flowElements) walk(one);
    }
  };
  for (const one of rootElement.get("rootElements")) if (one.$type === "bpmn:Process") walk(one);
  return (await moddle.toXML(rootElement, { format: true })).xml;
}

export async function laidOut(xml, moddle) {
  const { layoutProcess } = await import("bpmn-auto-layout");
  return layoutProcess(await linked(xml, moddle));
}

export const empty = (key) => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="${key}_definitions" targetNamespace="urn:zholdama">
  <bpmn:process id="${key}" isExecutable="true">
    <bpmn:startEvent id="begin">
      <bpmn:outgoing>to_done</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:endEvent id="done">
      <bpmn:incoming>to_done</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="to_done" sourceRef="begin" targetRef="done"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="${key}">
      <bpmndi:BPMNShape id="begin_di" bpmnElement="begin">
        <dc:Bounds x="160" y="160" width="36" height="36"/>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="done_di" bpmnElement="done">
        <dc:Bounds x="480" y="160" width="36" height="36"/>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="to_done_di" bpmnElement="to_done">
        <di:waypoint x="196" y="178"/>
        <di:waypoint x="480" y="178"/>
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`;
