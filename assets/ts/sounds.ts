// <np-sounds> stands around the choice of sounds: it plays what is chosen, and
// says when the browser holds sound back.
import { need } from "./find";
import { mayPlay, play } from "./tone";

class Sounds extends HTMLElement {
  connectedCallback(): void {
    const button = need<HTMLButtonElement>(this, "[data-play]");
    button.hidden = false;
    button.addEventListener("click", () => void this.play());
    document.addEventListener("np-blocked", () => this.complain(true));
    if (this.hasAttribute("data-on")) void mayPlay().then((may) => this.complain(!may));
  }

  private async play(): Promise<void> {
    const tone = need<HTMLSelectElement>(this, "[name=tone]").value;
    const volume = Number(need<HTMLInputElement>(this, "[name=volume]").value);
    this.complain(!(await play(tone, volume)));
  }

  private complain(blocked: boolean): void {
    need(this, "[data-blocked]").hidden = !blocked;
  }
}

customElements.define("np-sounds", Sounds);
