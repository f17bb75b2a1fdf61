// What a DMN file holds, read from its text: whose an element is, and what people call it.
const OWNERS = new Set(["decision", "businessKnowledgeModel", "inputData", "knowledgeSource"]);

const DMN_1_3 = "https://www.omg.org/spec/DMN/20191111/MODEL/";

// Returns owner(id), line(id): the id and those around it, inmost first; name(id).
export function outline(xml) {
  const parsed = new DOMParser().parseFromString(xml || "<none/>", "text/xml");
  const byId = new Map([...parsed.querySelectorAll("[id]")].map((one) => [one.getAttribute("id"), one]));
  const around = (id) => {
    const all = [];
    for (let one = byId.get(id); one; one = one.parentElement) all.push(one);
    return all;
  };
  return {
    // Another version of DMN than dmn-js reads.
    foreign: parsed.documentElement.localName === "definitions" && parsed.documentElement.namespaceURI !== DMN_1_3,
    owner: (id) => around(id).find((one) => OWNERS.has(one.localName))?.getAttribute("id") ?? "",
    line: (id) => around(id).map((one) => one.getAttribute("id")).filter(Boolean),
    name: (id, said) => {
      const one = byId.get(id);
      if (!one) return id;
      const rule = around(id).find((part) => part.localName === "rule");
      if (rule) return said("rule", { n: [...rule.parentElement.children].filter((part) => part.localName === "rule").indexOf(rule) + 1 });
      return one.getAttribute("name") || one.getAttribute("label") || id;
    },
  };
}

// A file that has nothing yet: one decision, one column in, one column out.
export function emptyTable(path) {
  const stem = path.split("/").pop().replace(/\.dmn$/, "").replace(/[^A-Za-z0-9_]/g, "_").replace(/^(\d|$)/, "_$1");
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id="${stem}_definitions" name="${stem}" namespace="urn:zholdama">
  <decision id="${stem}" name="${stem}">
    <variable id="${stem}_variable" name="${stem}"/>
    <decisionTable id="${stem}_table" hitPolicy="UNIQUE">
      <input id="${stem}_in1">
        <inputExpression id="${stem}_in1_expression" typeRef="string">
          <text></text>
        </inputExpression>
      </input>
      <output id="${stem}_out1" name="result" typeRef="string"/>
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="${stem}_diagram">
      <dmndi:DMNShape id="${stem}_shape" dmnElementRef="${stem}">
        <dc:Bounds height="80" width="180" x="160" y="100"/>
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
`;
}
