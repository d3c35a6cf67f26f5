// Calls of the API that need a fresh proof ask for it in a dialog and go on by
// themselves. The dialog shows the page that asks for proofs elsewhere, so
// there is one form, in one language, with one set of rules.
import { find } from "./find";

const page = "/reauthenticate";
const prefix = "proof-"; // of ids, which the page beneath may have as well

interface Problem { code?: string; title?: string; errors?: { message: string }[] }

/** Posts JSON to the API. What is stopped for want of a proof goes on after one. */
export async function call(path: string, body: unknown): Promise<Response> {
  const send = () => fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await send();
  if (!(await wantsProof(answer)) || !(await askProof())) return answer;
  return send();
}

/** What the API says of a refusal, for people. */
export async function wordsOf(answer: Response): Promise<string> {
  const problem = await problemOf(answer);
  return problem.errors?.[0]?.message ?? problem.title ?? answer.statusText;
}

async function wantsProof(answer: Response): Promise<boolean> {
  return answer.status === 403 && (await problemOf(answer.clone())).code === "reauthentication_required";
}

async function problemOf(answer: Response): Promise<Problem> {
  return answer.json().catch(() => ({})) as Promise<Problem>;
}

/** Asks for a proof, and tells whether it was given. */
export async function askProof(): Promise<boolean> {
  const asks = await fetch(page, { redirect: "manual" });
  if (asks.type === "opaqueredirect") return true; // it is fresh, or there is nobody to ask
  const dialog = document.createElement("dialog");
  dialog.className = "dialog proof";
  fill(dialog, await asks.text());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((tell) => listen(dialog, tell));
}

function listen(dialog: HTMLDialogElement, tell: (proved: boolean) => void): void {
  let proved = false;
  dialog.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !(event.target instanceof HTMLFormElement)) return;
    event.preventDefault();
    void give(event.target).then((refusal) => {
      proved = refusal === undefined;
      if (proved) dialog.close();
      else fill(dialog, refusal ?? "");
    });
  });
  dialog.addEventListener("click", (event) => {
    const back = event.target instanceof Element && event.target.closest("[data-back]");
    if (!back) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    tell(proved);
  });
}

/** Sends a proof. What comes back is the page again, or nothing if it is right. */
async function give(form: HTMLFormElement): Promise<string | undefined> {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) fields.append(name, String(value));
  const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" });
  return answer.type === "opaqueredirect" ? undefined : answer.text();
}

/** Shows what a page asks, and puts the keyboard where the page wants it. */
function fill(dialog: HTMLDialogElement, html: string): void {
  const main = find(new DOMParser().parseFromString(html, "text/html"), "main");
  if (!main) return;
  for (const name of ["id", "for", "aria-labelledby", "aria-describedby"]) {
    for (const e of main.querySelectorAll(`[${name}]`)) {
      const ids = e.getAttribute(name)?.split(" ") ?? [];
      e.setAttribute(name, ids.map((id) => prefix + id).join(" "));
    }
  }
  for (const link of main.querySelectorAll('a[href^="#"]')) link.setAttribute("href", `#${prefix}${link.getAttribute("href")?.slice(1)}`);
  dialog.replaceChildren(...[...main.children].map((e) => document.importNode(e, true)));
  const title = find(dialog, "h1");
  if (title) dialog.setAttribute("aria-label", title.textContent ?? "");
  find(dialog, "[autofocus]")?.focus();
}
