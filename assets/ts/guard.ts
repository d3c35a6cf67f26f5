// <np-guard> stands around the form of a section. As soon as something differs
// from what is saved it says so with the names of the fields, offers to discard
// it, and makes the section's button the primary one.
import { find, need } from "./find";
import { afterReset } from "./reset";
import { letGo, stayed, unsaved } from "./unsaved";
import { fill } from "./words";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const named = 3; // more changed fields than these are not listed

class Guard extends HTMLElement {
  private get form(): HTMLFormElement {
    return need<HTMLFormElement>(this, "form");
  }

  connectedCallback(): void {
    const look = () => this.look();
    this.addEventListener("input", look);
    this.addEventListener("change", look);
    afterReset(this, look);
    this.addEventListener("submit", () => letGo(this));
    find(this, "[data-leave]")?.addEventListener("click", () => letGo(this));
    addEventListener("pageshow", look);
    addEventListener(stayed, look);
    this.look();
  }

  private look(): void {
    const labels = changed(this.form);
    const refused = this.hasAttribute("data-refused");
    const dirty = labels.length > 0 || refused;
    unsaved(this, dirty);
    this.say(labels);
    this.offer(labels.length > 0);
    need(this, "[type=submit]:not([formmethod])").classList.toggle("primary", dirty);
  }

  private say(labels: string[]): void {
    const line = need(this, "[data-dirty]");
    const words = labels.length > 0 ? this.sentence(labels) : "";
    if (line.textContent !== words) line.textContent = words;
    line.hidden = words === "";
    const said = find(this, "[data-said]");
    if (said) said.hidden = words !== "";
  }

  private sentence(labels: string[]): string {
    if (labels.length > named) return this.dataset["many"] ?? "";
    const list = new Intl.ListFormat(document.documentElement.lang, { type: "conjunction" });
    return fill(this.dataset["one"] ?? "", { fields: list.format(labels) });
  }

  private offer(yes: boolean): void {
    const discard = find(this, "[data-discard]");
    if (discard) discard.hidden = !yes;
  }
}

/** The labels of the controls that differ from what the server sent, each once. */
function changed(form: HTMLFormElement): string[] {
  const labels = new Set<string>();
  for (const control of form.querySelectorAll<Control>("input, textarea, select")) {
    const label = control.dataset["label"];
    if (label && differs(control)) labels.add(label);
  }
  return [...labels];
}

function differs(control: Control): boolean {
  if (control instanceof HTMLSelectElement) {
    return control.selectedIndex !== startIndex(control);
  }
  if (control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio")) {
    return control.checked !== control.defaultChecked;
  }
  return control.value !== control.defaultValue;
}

/** The option a select starts with: the last one marked, or the first. */
function startIndex(select: HTMLSelectElement): number {
  const marked = [...select.options].findLastIndex((option) => option.defaultSelected);
  return Math.max(marked, 0);
}

customElements.define("np-guard", Guard);
