// A message can be taken away.
for (const button of document.querySelectorAll<HTMLElement>("[data-toast] [data-dismiss]")) {
  button.hidden = false;
  button.addEventListener("click", () => button.closest("[data-toast]")?.remove());
}
