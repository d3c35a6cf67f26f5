// <np-preview> is one's own card beside the form. It follows the fields while
// they are typed in, and shows what a customer will see: a field that is not
// public vanishes.
import { foldBio } from "./bio";
import { keepFace, renderCard } from "./card";
import type { CardShape, CardWords } from "./cardshape";
import { everyMinute, nowIn, nowLike } from "./clock";
import { find } from "./find";
import { afterReset } from "./reset";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const parts = ["pronouns", "designation", "bio", "email", "phone"] as const;

class Preview extends HTMLElement {
  private words = {} as CardWords;
  private saved = {} as CardShape;

  connectedCallback(): void {
    this.words = JSON.parse(this.dataset["texts"] ?? "{}") as CardWords;
    this.saved = JSON.parse(this.dataset["saved"] ?? "{}") as CardShape;
    const draw = () => this.draw();
    document.addEventListener("input", draw);
    document.addEventListener("change", draw);
    afterReset(document, draw);
    addEventListener("pageshow", draw);
    everyMinute(draw);
    this.draw();
  }

  private draw(): void {
    const next = renderCard(typed(this.saved), this.words, document.baseURI);
    const open = find(this, ".card-bio.open") !== undefined;
    keepFace(this, next);
    this.replaceChildren(next);
    foldBio(this, this.words, open);
  }
}

/** The saved card with what stands in the form. */
function typed(saved: CardShape): CardShape {
  const card: CardShape = { ...saved, display_name: displayName(saved.display_name) };
  for (const part of parts) {
    const control = controlOf(part);
    if (!control) continue;
    if (isPublic(part) && control.value.trim()) card[part] = control.value.trim();
    else delete card[part];
  }
  const time = localTime(saved);
  if (time) card.local_time = time;
  else delete card.local_time;
  return card;
}

/** The time in the zone that is chosen, or in the saved one where it can't be. */
function localTime(saved: CardShape): string | undefined {
  const zone = controlOf("local_time");
  if (!zone) return saved.local_time && nowLike(saved.local_time);
  return isPublic("local_time") ? nowIn(zone.value) : undefined;
}

/** A name that is empty is made from the next one that is not. */
function displayName(saved: string): string {
  const made = `${valueOf("first_name")} ${valueOf("last_name")}`.trim();
  return valueOf("display_name") || valueOf("full_name") || made || saved;
}

function valueOf(part: string): string {
  return controlOf(part)?.value.trim() ?? "";
}

function controlOf(part: string): Control | null {
  return document.querySelector<Control>(`:is(input, textarea, select)[data-card="${part}"]`);
}

function isPublic(part: string): boolean {
  const sees = document.querySelector<HTMLElement>(`[data-sees="${part}"]`);
  const level = sees instanceof HTMLSelectElement ? sees.value : sees?.dataset["level"];
  return (level ?? "public") === "public";
}

customElements.define("np-preview", Preview);
