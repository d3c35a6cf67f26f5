// Buttons open dialogs by the platform's own command attributes; this stands in
// where a browser doesn't know them yet.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[command=show-modal]") : null;
    const dialog = document.getElementById(button?.getAttribute("commandfor") ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  });
}
