// A form on its way is not sent twice, and its button says that it is busy: not
// before 300 ms, because most answers are here by then.

import { stayed } from "./unsaved";

const patience = 300;
const sent = new Map<HTMLFormElement, number>();

addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented || staysHere(form, event.submitter)) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.set(form, setTimeout(() => event.submitter?.setAttribute("aria-busy", "true"), patience));
});

// A page that its reader did not leave, or that comes back from the browser's
// memory, can send its forms again.
addEventListener(stayed, calm);
addEventListener("pageshow", calm);

function calm(): void {
  for (const [form, timer] of sent) {
    clearTimeout(timer);
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
  sent.clear();
}

function staysHere(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  return (submitter?.getAttribute("formmethod") ?? form.method) === "dialog";
}
