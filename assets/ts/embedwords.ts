import type { CardWords } from "./cardshape";

/** The words of an embedded card, which has no page of ours around it. */
const all: Record<string, CardWords> = {
  en: {
    label: "Card of {name}",
    ai: "AI agent",
    here: "Here",
    away: "Away",
    back_at: "Back at {time}",
    local_time: "{time} local time",
    more: "Show more",
    less: "Show less",
    changed: "The card of {name} has changed",
    gone: "There is no card here",
    loading: "The card is loading",
  },
  de: {
    label: "Karte von {name}",
    ai: "KI-Agent",
    here: "Da",
    away: "Nicht da",
    back_at: "Wieder da um {time}",
    local_time: "{time} Ortszeit",
    more: "Mehr zeigen",
    less: "Weniger zeigen",
    changed: "Die Karte von {name} hat sich geändert",
    gone: "Hier ist keine Karte",
    loading: "Die Karte wird geladen",
  },
};

/** The words for a BCP 47 tag, and the tag they are in. English stands in. */
export function wordsFor(tag: string): { lang: string; words: CardWords } {
  const lang = tag.toLowerCase().split("-")[0] ?? "en";
  const words = all[lang];
  return words ? { lang, words } : { lang: "en", words: all["en"] as CardWords };
}
