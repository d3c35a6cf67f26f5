// A moment on a page whose reader we don't know is shown in the reader's zone.
const form = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });

for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-local]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.valueOf())) time.textContent = form.format(moment);
}
