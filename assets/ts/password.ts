// <np-password> shows and hides a password, and ticks the rules off that it
// meets so far. The rules come from the server, which alone decides.
import { find, need } from "./find";

class Password extends HTMLElement {
  connectedCallback(): void {
    const input = need<HTMLInputElement>(this, "input");
    const button = need<HTMLButtonElement>(this, "[data-reveal]");
    button.hidden = false;
    button.addEventListener("click", () => this.show(input, button, input.type === "password"));
    input.form?.addEventListener("submit", () => this.show(input, button, false));
    input.addEventListener("input", () => this.tick(input.value));
    this.tick(input.value);
  }

  private show(input: HTMLInputElement, button: HTMLButtonElement, yes: boolean): void {
    input.type = yes ? "text" : "password";
    button.setAttribute("aria-label", (yes ? this.dataset["hide"] : this.dataset["show"]) ?? "");
    need(button, "[data-off]").hidden = yes;
    need(button, "[data-on]").hidden = !yes;
  }

  private tick(value: string): void {
    for (const rule of this.querySelectorAll<HTMLElement>("[data-rule]")) {
      const met = meets(value, rule);
      rule.classList.toggle("met", met);
      rule.classList.toggle("open", !met);
      this.tell(rule, met);
    }
  }

  private tell(rule: HTMLElement, met: boolean): void {
    const told = find(rule, ".vh");
    if (met && !told) {
      const word = document.createElement("span");
      word.className = "vh";
      word.textContent = `, ${this.dataset["met"] ?? ""}`;
      rule.append(word);
    } else if (!met) {
      told?.remove();
    }
  }
}

function meets(value: string, rule: HTMLElement): boolean {
  if (rule.dataset["rule"] === "length") return [...value].length >= Number(rule.dataset["min"]);
  return new RegExp(rule.dataset["pattern"] ?? "", "su").test(value);
}

customElements.define("np-password", Password);
