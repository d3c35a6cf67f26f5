// [data-copy] copies its words and says so for two seconds. It is hidden where
// the browser has no clipboard for us.
const shown = 2000;

if (navigator.clipboard) {
  for (const button of document.querySelectorAll<HTMLElement>("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => void copy(button));
  }
}

async function copy(button: HTMLElement): Promise<void> {
  const copied = button.dataset["copied"] ?? "";
  const label = button.querySelector("span") ?? button; // beside an icon, if there is one
  const before = label.textContent;
  if (before === copied) return;
  await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
  label.textContent = copied;
  button.setAttribute("aria-live", "polite");
  setTimeout(() => (label.textContent = before), shown);
}
