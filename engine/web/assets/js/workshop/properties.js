// Properties of an element in the dialect of the diagrams: read, and set as one undoable step each.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

// A pool stands for its process: paragraph, names and sentences are the process's.
export function subject(element) {
  const found = getBusinessObject(element);
  return is(element, "bpmn:Participant") && found.processRef ? found.processRef : found;
}

function holder(found) {
  return found.get?.("extensionElements")?.get("values").find((one) => is(one, "camunda:Properties"));
}

export function properties(element) {
  return holder(subject(element))?.get("values") ?? [];
}

export function property(element, name) {
  return properties(element).find((one) => one.name === name)?.value ?? "";
}

// Sets a property, makes what must stand around it, takes it away when the value is empty.
export function setProperty(element, name, value, { bpmnFactory, modeling }) {
  const found = subject(element);
  const place = holder(found);
  const here = place?.get("values").find((one) => one.name === name);
  if (here && value) return modeling.updateModdleProperties(element, here, { value });
  if (here) return modeling.updateModdleProperties(element, place, { values: place.get("values").filter((one) => one !== here) });
  return value ? addProperty(element, name, value, { bpmnFactory, modeling }) : undefined;
}

export function addProperty(element, name, value, { bpmnFactory, modeling }) {
  const found = subject(element);
  const made = bpmnFactory.create("camunda:Property", { name, value });
  const place = holder(found);
  if (place) {
    made.$parent = place;
    return modeling.updateModdleProperties(element, place, { values: [...place.get("values"), made] });
  }
  const group = bpmnFactory.create("camunda:Properties", { values: [made] });
  made.$parent = group;
  const extension = found.get("extensionElements");
  if (extension) {
    group.$parent = extension;
    return modeling.updateModdleProperties(element, extension, { values: [...extension.get("values"), group] });
  }
  const whole = bpmnFactory.create("bpmn:ExtensionElements", { values: [group] });
  group.$parent = whole;
  whole.$parent = found;
  return modeling.updateModdleProperties(element, found, { extensionElements: whole });
}

export function removeProperty(element, one, { modeling }) {
  const place = holder(subject(element));
  modeling.updateModdleProperties(element, place, { values: place.get("values").filter((each) => each !== one) });
}

export function definition(element, type) {
  return (getBusinessObject(element).get("eventDefinitions") ?? []).find((one) => is(one, type));
}
