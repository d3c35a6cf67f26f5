import type { CardWords } from "./cardshape";
import { find } from "./find";

/** Gives a bio that is longer than three lines a button that opens it, or leaves it open. The card has to be in the page. */
export function foldBio(root: ParentNode, words: CardWords, open = false): void {
  const bio = find(root, ".card-bio");
  if (!bio || bio.scrollHeight <= bio.clientHeight + 1) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "card-more";
  bio.classList.toggle("open", open);
  label(button, words, open);
  button.addEventListener("click", () => label(button, words, bio.classList.toggle("open")));
  bio.after(button);
}

function label(button: HTMLButtonElement, words: CardWords, open: boolean): void {
  button.textContent = open ? words.less : words.more;
  button.setAttribute("aria-expanded", String(open));
}
