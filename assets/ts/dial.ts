// <np-dial> stands around a number and brings out a button for one less and
// one for one more.
import { need } from "./find";

class Dial extends HTMLElement {
  connectedCallback(): void {
    const field = need<HTMLInputElement>(this, "input");
    for (const button of this.querySelectorAll<HTMLButtonElement>("[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        field.stepUp(Number(button.dataset["step"]));
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }
}

customElements.define("np-dial", Dial);
