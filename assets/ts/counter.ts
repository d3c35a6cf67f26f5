// A text area with data-limit counts its characters as the server does, and
// says how many are too many. Nothing is cut off.
import { find } from "./find";
import { afterReset } from "./reset";
import { fill } from "./words";

for (const area of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-limit]")) {
  const counter = counterOf(area);
  if (!counter) continue;
  const count = () => show(counter, area);
  area.addEventListener("input", count);
  if (area.form) afterReset(area.form, count);
  count();
}

function counterOf(area: HTMLTextAreaElement): HTMLElement | undefined {
  const field = area.closest(".field");
  return field ? find(field, "[data-counter]") : undefined;
}

function show(counter: HTMLElement, area: HTMLTextAreaElement): void {
  const used = [...area.value].length;
  const over = used - Number(area.dataset["limit"]);
  const words = over > 0 ? counter.dataset["over"] : counter.dataset["left"];
  const inWords = new Intl.NumberFormat(document.documentElement.lang);
  counter.textContent = fill(words ?? "", { used: inWords.format(used), over: inWords.format(over) });
  counter.classList.toggle("bad-ink", over > 0);
}
