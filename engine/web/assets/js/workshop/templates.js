// Choosing an element template: a searched list at the place where the panel's button stands.
import { said } from "./words.js";

class TemplateMenu {
  constructor(eventBus, popupMenu, elementTemplates) {
    this.elementTemplates = elementTemplates;
    popupMenu.registerProvider("office-templates", this);
    eventBus.on("elementTemplates.select", ({ element }) => {
      const at = document.querySelector(".bio-properties-panel-select-template-button, .bio-properties-panel-group-header-button")?.getBoundingClientRect();
      const width = Math.min(420, innerWidth - 32);
      const position = { x: Math.max(16, Math.min(at?.left ?? 100, innerWidth - width - 16)), y: (at?.bottom ?? 100) + 4 };
      popupMenu.open(element, "office-templates", position, { title: said("choose_template"), search: true, width });
    });
  }

  getPopupMenuEntries(element) {
    // A plain task becomes what its template is for; what has a kind already keeps it.
    const fits = (one) => element.type === "bpmn:Task" || one.appliesTo.includes(element.type);
    const found = this.elementTemplates.getLatest(element).filter(fits).map((one) => [`template-${one.id}`, {
      label: one.name,
      description: one.description,
      imageUrl: one.icon?.contents,
      search: [one.id, ...(one.keywords ?? [])].join(" "),
      group: one.category ?? { id: "others", name: "" },
      action: () => this.elementTemplates.applyTemplate(element, one),
    }]);
    return Object.fromEntries(found);
  }
}
TemplateMenu.$inject = ["eventBus", "popupMenu", "elementTemplates"];

export const templatesModule = { __init__: ["officeTemplates"], officeTemplates: ["type", TemplateMenu] };
