// What would be lost by leaving the page. Whoever holds an edit keeps it here;
// the browser asks once, however many there are.

const holders = new Set<object>();

/** The window hears this when its reader was asked, and may have stayed. */
export const stayed = "np-stayed";

/** Says whether holder has something that is not saved. */
export function unsaved(holder: object, yes: boolean): void {
  if (yes) holders.add(holder);
  else letGo(holder);
}

/** Lets the page go without asking: the edit is on its way, or given up. */
export function letGo(holder: object): void {
  holders.delete(holder);
}

addEventListener("beforeunload", (event) => {
  if (holders.size === 0) return;
  event.preventDefault();
  // The question holds the page up; what is put off is done after the answer.
  setTimeout(() => dispatchEvent(new Event(stayed)));
});
