// <np-push> asks the browser to allow push, and gives the server what it needs
// for that. A browser that was allowed before offers itself again after the
// next sign-in, because a device lives no longer than its session.
import { find, need } from "./find";

const script = "/push.js";
const allowedBy = "np-push"; // the person who has allowed it in this browser
const offered = "np-push-offered"; // in this tab

const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window && isSecureContext;

class Push extends HTMLElement {
  connectedCallback(): void {
    if (!able) {
      this.say("unable");
      return;
    }
    if (Notification.permission === "denied") this.say("denied");
    const offer = find(this, "[data-offer]");
    if (offer) offer.hidden = Notification.permission === "denied";
    find(this, "[data-allow]")?.addEventListener("click", (event) => void this.allow(event.currentTarget as HTMLElement));
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-own]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        void giveUp().finally(() => form.submit());
      });
    }
  }

  private say(what: string): void {
    need(this, `[data-${what}]`).hidden = false;
  }

  private async allow(button: HTMLElement): Promise<void> {
    button.setAttribute("aria-busy", "true");
    try {
      if (await Notification.requestPermission() !== "granted") {
        this.say("denied");
        return;
      }
      await navigator.serviceWorker.register(script);
      const { pushManager } = await navigator.serviceWorker.ready;
      const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: this.dataset["key"] ?? "" });
      localStorage.setItem(allowedBy, this.dataset["person"] ?? "");
      need<HTMLInputElement>(this, "[name=subscription]").value = JSON.stringify(made);
      need<HTMLFormElement>(this, "form").requestSubmit();
    } catch {
      this.say("unable");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}

async function present(): Promise<PushSubscription | undefined> {
  const registration = await navigator.serviceWorker.getRegistration();
  return await registration?.pushManager.getSubscription() ?? undefined;
}

async function giveUp(): Promise<void> {
  localStorage.removeItem(allowedBy);
  await (await present())?.unsubscribe();
}

/** Offers a browser that was allowed before, once a tab and sign-in. */
async function offerAgain(): Promise<void> {
  const person = find(document, "np-bell")?.dataset["person"];
  if (!person) sessionStorage.removeItem(offered);
  if (!able || !person || localStorage.getItem(allowedBy) !== person || sessionStorage.getItem(offered) === person) return;
  const made = Notification.permission === "granted" ? await present() : undefined;
  if (!made) return;
  sessionStorage.setItem(offered, person);
  await fetch("/v1/me/push-subscriptions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(made) });
}

void offerAgain().catch(() => undefined);

customElements.define("np-push", Push);
