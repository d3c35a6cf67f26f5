// <np-receipt> says how far a save has come to the open cards and pages, and
// asks until it is everywhere.
import { need } from "./find";
import { fill } from "./words";

const pause = 250;
const patience = 10_000;

interface State { surfaces: number; delivered: number; after_ms: number; done: boolean }

class Receipt extends HTMLElement {
  private timer: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    if (!this.hasAttribute("data-done")) void this.ask(Date.now() + patience);
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
  }

  private async ask(late: number): Promise<void> {
    const reply = await fetch(this.dataset["url"] ?? "").catch(() => undefined);
    if (!reply?.ok) return;
    const state = await reply.json() as State;
    this.show(state);
    if (!state.done && Date.now() < late) this.timer = setTimeout(() => void this.ask(late), pause);
  }

  private show(state: State): void {
    this.hidden = state.surfaces === 0;
    need(this, ".state").classList.toggle("good", state.done);
    const words = this.dataset[state.done ? "wordsDone" : "wordsOpen"] ?? "";
    need(this, "[data-words]").textContent = fill(words, {
      delivered: String(state.delivered), surfaces: String(state.surfaces), after_ms: String(state.after_ms),
    });
  }
}

customElements.define("np-receipt", Receipt);
