// The summary of what is wrong takes the focus by itself, except where the
// address names a section and the browser goes there instead.
if (location.hash) document.querySelector<HTMLElement>("[data-focus]")?.focus();
