// The way about a page marks the section that is read, and keeps its tab in
// view where the tabs are a strip.
const toc = document.querySelector<HTMLElement>("[data-toc]");

if (toc) {
  const links = new Map<string, HTMLAnchorElement>();
  for (const link of toc.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')) links.set(link.hash.slice(1), link);
  const reading = new IntersectionObserver(
    (entries) => {
      const entered = entries.find((entry) => entry.isIntersecting);
      const link = entered && links.get(entered.target.id);
      if (link) mark(toc, link);
    },
    { rootMargin: "-20% 0px -70% 0px" },
  );
  for (const id of links.keys()) {
    const section = document.getElementById(id);
    if (section) reading.observe(section);
  }
}

function mark(toc: HTMLElement, link: HTMLAnchorElement): void {
  for (const other of toc.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const strip = toc.getBoundingClientRect();
  const tab = link.getBoundingClientRect();
  toc.scrollBy({ left: tab.left + tab.width / 2 - (strip.left + strip.width / 2), behavior: "instant" });
}
