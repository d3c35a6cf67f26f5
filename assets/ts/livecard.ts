// The page of a card, kept up to date. The server has drawn the card as it was;
// this draws what comes later, and tells those who don't see it.
import { foldBio } from "./bio";
import { keepFace, renderCard, tick } from "./card";
import type { CardShape, CardWords } from "./cardshape";
import { everyMinute } from "./clock";
import { find, need } from "./find";
import { follow } from "./stream";
import { fill } from "./words";

class LiveCard extends HTMLElement {
  private words = {} as CardWords;
  private known = "";

  connectedCallback(): void {
    this.words = JSON.parse(this.dataset["texts"] ?? "{}") as CardWords;
    foldBio(this, this.words);
    everyMinute(() => tick(this, this.words));
    follow(new URL(this.dataset["stream"] ?? "", document.baseURI).href, this);
  }

  card(card: CardShape): void {
    const now = meaning(card);
    const first = this.known === "";
    if (now === this.known) return;
    this.known = now;
    this.draw(card, !first);
    if (!first) this.tell(fill(this.words.changed, { name: card.display_name }));
  }

  gone(): void {
    this.known = "gone";
    const plate = need(this, ".card");
    plate.replaceChildren();
    plate.className = "card is-gone";
    plate.textContent = this.words.gone;
  }

  private draw(card: CardShape, changed: boolean): void {
    const next = renderCard(card, this.words, document.baseURI);
    next.classList.toggle("changed", changed);
    const open = find(this, ".card-bio.open") !== undefined;
    keepFace(this, next);
    need(this, ".card").replaceWith(next);
    need(this, "h1").textContent = fill(this.words.label, { name: card.display_name });
    foldBio(this, this.words, open);
  }

  private tell(news: string): void {
    need(this, "[data-news]").textContent = news;
  }
}

/** What a card says, without the time of day, which passes by itself. */
function meaning(card: CardShape): string {
  return JSON.stringify({ ...card, local_time: undefined, updated_at: undefined });
}

customElements.define("np-live-card", LiveCard);
