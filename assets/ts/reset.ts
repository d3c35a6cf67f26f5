/** Calls then when a form within target has been reset. The event itself comes before that, and so would a microtask. */
export function afterReset(target: EventTarget, then: () => void): void {
  target.addEventListener("reset", () => setTimeout(then));
}
