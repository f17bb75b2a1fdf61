"""Small diagrams for the contract suite, written as text: the services must know no domain."""

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="urn:test">
"""

#: Two offices: one writes, one checks and may return; each has a term, a reminder and a timer.
TWO_OFFICES = (
    HEAD
    + """
<process id="letters" name="Хаттар" isExecutable="true">
 <laneSet id="ls">
  <lane id="Lane_a" name="Бірінші кеңсе">
   <extensionElements><camunda:properties>
    <camunda:property name="way" value="origin"/>
    <camunda:property name="name:ru" value="Первый офис"/>
   </camunda:properties></extensionElements>
   <flowNodeRef>begin</flowNodeRef><flowNodeRef>write</flowNodeRef>
  </lane>
  <lane id="Lane_b" name="Екінші кеңсе">
   <extensionElements><camunda:properties>
    <camunda:property name="way" value="settlement"/>
   </camunda:properties></extensionElements>
   <flowNodeRef>check</flowNodeRef><flowNodeRef>late</flowNodeRef><flowNodeRef>was_late</flowNodeRef>
   <flowNodeRef>which</flowNodeRef><flowNodeRef>done</flowNodeRef>
  </lane>
 </laneSet>
 <startEvent id="begin"/>
 <sequenceFlow id="f1" sourceRef="begin" targetRef="write"/>
 <userTask id="write" name="Жазу" camunda:formKey="test/letter"
  camunda:candidateGroups="writer@office.a">
  <extensionElements><camunda:properties>
   <camunda:property name="law" value="K-1"/><camunda:property name="name:ru" value="Писать"/>
  </camunda:properties></extensionElements>
 </userTask>
 <sequenceFlow id="f2" sourceRef="write" targetRef="check"/>
 <userTask id="check" name="Тексеру" camunda:formKey="test/decision"
  camunda:candidateGroups="checker@office.b,deputy@office.b"
  camunda:dueDate="${working_days(1)}" camunda:followUpDate="${halfway(working_days(1))}">
  <extensionElements><camunda:properties>
   <camunda:property name="law" value="K-2"/><camunda:property name="term" value="1"/>
  </camunda:properties></extensionElements>
 </userTask>
 <boundaryEvent id="late" attachedToRef="check" cancelActivity="false">
  <timerEventDefinition>
   <timeDuration xsi:type="tFormalExpression">P1D</timeDuration>
  </timerEventDefinition>
 </boundaryEvent>
 <sequenceFlow id="f5" sourceRef="late" targetRef="was_late"/>
 <endEvent id="was_late"/>
 <sequenceFlow id="f3" sourceRef="check" targetRef="which"/>
 <exclusiveGateway id="which" default="f4"/>
 <sequenceFlow id="f4" sourceRef="which" targetRef="done"/>
 <sequenceFlow id="f6" sourceRef="which" targetRef="write">
  <conditionExpression xsi:type="tFormalExpression">= decision = "return"</conditionExpression>
 </sequenceFlow>
 <endEvent id="done"/>
</process>
</definitions>"""
).encode()

LETTER = """{"type": "default", "id": "letter", "schemaVersion": 19, "components": [
 {"type": "textfield", "id": "F1", "key": "subject", "label": "Тақырып",
  "validate": {"required": true, "maxLength": 50}}]}""".encode()

DECISION = """{"type": "default", "id": "decision", "schemaVersion": 19, "components": [
 {"type": "radio", "id": "F1", "key": "decision", "label": "Шешім", "validate": {"required": true},
  "values": [{"value": "accept", "label": "Қабылдау"}, {"value": "return", "label": "Қайтару"}]}]}
""".encode()

FILES = {
    "letters.bpmn": TWO_OFFICES,
    "forms/test/letter.json": LETTER,
    "forms/test/decision.json": DECISION,
}
