// <np-passkey> stands around a form that is sent with the answer of a passkey.
// Sending it asks the passkey first. On the sign-in page the browser offers
// passkeys in the field for the address as well, until one is chosen.
import { need } from "./find";
import { answerOf, creationOptions, requestOptions, type CreationJSON, type RequestJSON } from "./passkeycodec";
import { call, wordsOf } from "./proof";

const challengeLife = 5 * 60_000;
const anew = challengeLife - 30_000; // an offer that waits gets another challenge by then

/** What the server has refused, in its words. */
class Refused extends Error {}

class Passkey extends HTMLElement {
  private offer: AbortController | undefined;

  private get form(): HTMLFormElement { return need<HTMLFormElement>(this, "form"); }
  private get answer(): HTMLInputElement { return need<HTMLInputElement>(this, "input[name=credential]"); }

  connectedCallback(): void {
    this.addEventListener("submit", (event) => {
      if (this.answer.value !== "") return;
      event.preventDefault();
      void this.ask();
    });
    addEventListener("pageshow", () => { this.answer.value = ""; });
    if (this.hasAttribute("data-conditional")) void this.wait();
  }

  disconnectedCallback(): void {
    this.offer?.abort();
  }

  /** Asks for a passkey now, in the browser's own window. */
  private async ask(): Promise<void> {
    this.offer?.abort();
    this.complain("");
    const button = need<HTMLButtonElement>(this, "[type=submit]");
    button.setAttribute("aria-busy", "true");
    try {
      this.send(await this.ceremony({}));
    } catch (error) {
      this.complain(this.reason(error));
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  /** Lets the browser offer passkeys in a field, until one is chosen. */
  private async wait(): Promise<void> {
    if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
    const offer = new AbortController();
    this.offer = offer;
    const timer = setTimeout(() => { offer.abort(); whenUsed(() => void this.wait()); }, anew);
    try {
      this.send(await this.ceremony({ mediation: "conditional", signal: offer.signal }));
    } catch {
      // Nobody has asked for it, so nobody is told.
    } finally {
      if (!offer.signal.aborted) clearTimeout(timer);
    }
  }

  private async ceremony(how: CredentialRequestOptions): Promise<PublicKeyCredential> {
    if (!window.PublicKeyCredential) throw new DOMException("", "NotSupportedError");
    const reply = await call(this.dataset["options"] ?? "", this.dataset["for"] ? { for: this.dataset["for"] } : {});
    if (!reply.ok) throw new Refused(await wordsOf(reply));
    const { publicKey } = await reply.json() as { publicKey: CreationJSON | RequestJSON };
    how.signal?.throwIfAborted();
    const made = "user" in publicKey
      ? await navigator.credentials.create({ publicKey: creationOptions(publicKey) })
      : await navigator.credentials.get({ ...how, publicKey: requestOptions(publicKey) });
    if (!made) throw new DOMException("", "NotAllowedError");
    return made as PublicKeyCredential;
  }

  private send(made: PublicKeyCredential): void {
    this.answer.value = answerOf(made);
    this.form.requestSubmit();
  }

  private reason(error: unknown): string {
    if (error instanceof Refused) return error.message;
    const name = error instanceof DOMException ? error.name : "";
    return this.dataset[words[name] ?? "failed"] ?? "";
  }

  private complain(words: string): void {
    const note = need(this, "[data-trouble]");
    need(note, "p").textContent = words;
    note.hidden = words === "";
  }
}

/** Which of the element's words tell of a browser's error. */
const words: Record<string, string> = {
  NotAllowedError: "nothing",
  AbortError: "nothing",
  InvalidStateError: "known",
  NotSupportedError: "unable",
  SecurityError: "unable",
};

/** Waits until somebody does something in the page, so that one left open asks for nothing. */
function whenUsed(act: () => void): void {
  const used = new AbortController();
  for (const sign of ["focus", "pointerdown", "keydown"]) {
    addEventListener(sign, () => { used.abort(); act(); }, { capture: true, signal: used.signal });
  }
}

customElements.define("np-passkey", Passkey);
