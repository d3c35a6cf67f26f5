/** Puts values in the place of names in braces: fill("{n} of 500", {n: "3"}). */
export function fill(words: string, values: Record<string, string>): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
