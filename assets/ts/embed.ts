// <nameplate-card user="usr_…"> shows a card in any page. It lives in a closed
// shadow root with a sheet that no style policy of the host has to allow, and
// needs of the host's policy only this server in script-src, connect-src and
// img-src.
//
//   lang    the language of its few words; that of the page otherwise
//   theme   "light" or "dark"; the page's color-scheme otherwise
//   --nameplate-accent   a colour of the host, for the foot of the card
import sheetText from "../css/embed.css";
import { foldBio } from "./bio";
import { keepFace, renderCard, tick } from "./card";
import type { CardShape, CardWords } from "./cardshape";
import { everyMinute } from "./clock";
import { find } from "./find";
import { follow } from "./stream";
import { wordsFor } from "./embedwords";

const base = new URL(".", ownAddress()).href;
const sheet = new CSSStyleSheet();
sheet.replaceSync(sheetText);

/** Where this script came from; a module script doesn't say so by itself. */
function ownAddress(): string {
  const running = document.currentScript;
  if (running instanceof HTMLScriptElement) return running.src;
  return document.querySelector<HTMLScriptElement>('script[src$="/embed.js"]')?.src ?? document.baseURI;
}

class NameplateCard extends HTMLElement {
  static readonly observedAttributes = ["user", "lang", "theme"];

  private readonly shell = document.createElement("div");
  private words: CardWords = wordsFor("en").words;
  private last: CardShape | undefined;
  private stopFollowing: (() => void) | undefined;
  private stopClock: (() => void) | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "closed" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.shell);
  }

  connectedCallback(): void {
    this.dress();
    this.start();
    this.stopClock = everyMinute(() => tick(this.shell, this.words));
  }

  disconnectedCallback(): void {
    this.stopFollowing?.();
    this.stopClock?.();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.isConnected || before === now) return;
    this.dress();
    if (name === "user") this.start();
    else if (this.last) this.card(this.last);
  }

  card(card: CardShape): void {
    const next = renderCard(card, this.words, base);
    next.classList.toggle("changed", this.last !== undefined);
    this.last = card;
    const open = find(this.shell, ".card-bio.open") !== undefined;
    keepFace(this.shell, next);
    this.shell.replaceChildren(next);
    foldBio(this.shell, this.words, open);
  }

  gone(): void {
    this.last = undefined;
    const plate = document.createElement("p");
    plate.className = "card is-gone";
    plate.textContent = this.words.gone;
    this.shell.replaceChildren(plate);
  }

  private start(): void {
    this.stopFollowing?.();
    this.stopFollowing = undefined;
    const user = this.getAttribute("user");
    if (!user) {
      this.gone();
      return;
    }
    this.shell.replaceChildren(skeleton(this.words));
    this.stopFollowing = follow(`${base}v1/cards/${encodeURIComponent(user)}/live`, this);
  }

  private dress(): void {
    const tag = this.getAttribute("lang") ?? this.closest<HTMLElement>("[lang]")?.lang ?? navigator.language;
    const { lang, words } = wordsFor(tag);
    const theme = this.getAttribute("theme");
    this.words = words;
    this.shell.lang = lang;
    this.shell.className = theme === "light" || theme === "dark" ? `nameplate ${theme}` : "nameplate";
  }
}

/** A card of which nothing is known yet, at its true size. */
function skeleton(words: CardWords): HTMLElement {
  const plate = document.createElement("div");
  plate.className = "card";
  plate.setAttribute("role", "status");
  plate.setAttribute("aria-label", words.loading);
  const top = box("card-top");
  const lines = box("");
  lines.append(box("bone w80"), box("bone"), box("bone w40"));
  top.append(box("card-pic"), lines);
  plate.append(top);
  return plate;
}

function box(className: string): HTMLElement {
  const e = document.createElement("div");
  e.className = className;
  return e;
}

if (!customElements.get("nameplate-card")) customElements.define("nameplate-card", NameplateCard);
