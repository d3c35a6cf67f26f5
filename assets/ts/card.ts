// Draws a card, in the markup of the server's own component (ui/card.templ): a
// change here is a change there.
import type { CardShape, CardWords } from "./cardshape";
import { nowLike, written } from "./clock";
import { fill } from "./words";

const svg = "http://www.w3.org/2000/svg";
const sparkle = "m10 2.750 1.700 5.550 5.550 1.700-5.550 1.700L10 17.250 8.300 11.700 2.750 10 8.300 8.300z";

/** The plate of a card. Addresses are resolved against base. */
export function renderCard(card: CardShape, words: CardWords, base: string): HTMLElement {
  const digital = card.kind === "digital_employee";
  const plate = element("article", digital ? "card is-ai" : "card");
  plate.setAttribute("aria-label", fill(words.label, { name: card.display_name }));
  plate.append(top(card, words, base));
  if (card.bio) plate.append(own("p", "card-bio", card.bio));
  if (card.email || card.phone) plate.append(reach(card));
  if (card.availability || card.local_time) plate.append(foot(card, words));
  return plate;
}

/** Brings the local time of a drawn card up to now. */
export function tick(root: ParentNode, words: CardWords): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>(".card-time")) {
    time.dateTime = nowLike(time.dateTime);
    time.textContent = fill(words.local_time, { time: written(time.dateTime) });
  }
}

/** Takes the picture over from a card drawn before, if it is the same, so that it doesn't flicker. */
export function keepFace(before: ParentNode, next: ParentNode): void {
  const had = before.querySelector<HTMLImageElement>(".card-pic img");
  const wants = next.querySelector<HTMLImageElement>(".card-pic img");
  if (had && wants && had.src === wants.src) wants.replaceWith(had);
}

function top(card: CardShape, words: CardWords, base: string): HTMLElement {
  const row = element("div", "card-top");
  const who = element("div", "");
  who.append(name(card));
  if (card.designation) who.append(own("p", "card-role", card.designation));
  if (card.organization) who.append(own("p", "card-org", card.organization.name));
  if (card.kind === "digital_employee") who.append(mark(words.ai));
  row.append(face(card, base), who);
  return row;
}

function face(card: CardShape, base: string): HTMLElement {
  const frame = element("span", "card-pic");
  if (card.kind === "digital_employee" && card.avatar.kind === "initials") {
    frame.append(sign());
    return frame;
  }
  const img = document.createElement("img");
  img.src = new URL(card.avatar.sizes?.["256"] ?? card.avatar.url, base).href;
  img.alt = "";
  img.width = 64;
  img.height = 64;
  frame.append(img);
  return frame;
}

function name(card: CardShape): HTMLElement {
  const line = own("p", "card-name", card.display_name);
  if (card.pronouns) {
    const pronouns = element("span", "card-pro");
    pronouns.textContent = card.pronouns;
    line.append(" ", pronouns);
  }
  return line;
}

function mark(word: string): HTMLElement {
  const tag = element("span", "card-ai");
  tag.append(sign(), word);
  return tag;
}

function reach(card: CardShape): HTMLElement {
  const list = element("ul", "card-reach");
  if (card.email) list.append(way(`mailto:${card.email}`, card.email));
  if (card.phone) list.append(way(`tel:${card.phone}`, card.phone));
  return list;
}

function way(href: string, words: string): HTMLElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = href;
  link.dir = "ltr";
  link.textContent = words;
  item.append(link);
  return item;
}

function foot(card: CardShape, words: CardWords): HTMLElement {
  const line = element("p", "card-foot");
  if (card.availability) line.append(availability(card, words));
  if (card.local_time) {
    const time = document.createElement("time");
    time.className = "card-time";
    time.dateTime = card.local_time;
    time.textContent = fill(words.local_time, { time: written(card.local_time) });
    line.append(time);
  }
  return line;
}

const hereClass = { here: "card-here on", away: "card-here", back_at: "card-here back" };

function availability(card: CardShape, words: CardWords): HTMLElement {
  const { state, at = "" } = card.availability ?? { state: "away" };
  const here = element("span", hereClass[state] ?? hereClass.away);
  here.textContent = fill(words[state] ?? words.away, { time: back(at) });
  return here;
}

/** A moment where the person is, or where its reader is if that is not public. */
function back(at: string): string {
  if (!at.endsWith("Z")) return written(at);
  const here = new Date(at);
  return `${String(here.getHours()).padStart(2, "0")}:${String(here.getMinutes()).padStart(2, "0")}`;
}

/** The sign of a digital employee. */
function sign(): SVGElement {
  const icon = document.createElementNS(svg, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 20 20");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg, "path");
  path.setAttribute("d", sparkle);
  icon.append(path);
  return icon;
}

/** A person's own words, in the direction they are written in. */
function own(tag: string, className: string, words: string): HTMLElement {
  const e = element(tag, className);
  e.dir = "auto";
  e.textContent = words;
  return e;
}

function element(tag: string, className: string): HTMLElement {
  const e = document.createElement(tag);
  if (className) e.className = className;
  return e;
}
