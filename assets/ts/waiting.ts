// What has rung and was not read, the same in all tabs of a person. It is kept
// by ids alone: no word of a conversation stays in the browser.

export interface Sound { tone: string; volume: number; only_when_hidden: boolean; repeat: boolean }

interface Kept {
  last?: string; // id of the last event of the stream
  at?: number; // when that was
  rings: Record<string, Sound | null>; // by conversation
}

const goOn = 5 * 60_000; // a stream that is older is not gone on with
const most = 99;

export class Waiting {
  private readonly key: string;

  constructor(person: string, private readonly changed: () => void) {
    this.key = `np-rings:${person}`;
    addEventListener("storage", (event) => { if (event.key === this.key) this.changed(); });
  }

  /** The id to go on from, or nothing if the last one is too long ago. */
  get last(): string | undefined {
    const { last, at } = this.read();
    return at !== undefined && Date.now() - at < goOn ? last : undefined;
  }

  reached(id: string): void {
    if (id !== "") this.write({ ...this.read(), last: id, at: Date.now() });
  }

  /** Keeps the present place fresh while the stream is open. */
  still(): void {
    const kept = this.read();
    if (kept.last !== undefined) this.write({ ...kept, at: Date.now() });
  }

  add(conversation: string, sound: Sound | null): void {
    const kept = this.read();
    if (Object.keys(kept.rings).length < most) kept.rings[conversation] = sound;
    this.write(kept);
    this.changed();
  }

  drop(conversation: string): void {
    const kept = this.read();
    delete kept.rings[conversation];
    this.write(kept);
    this.changed();
  }

  /** The person looks: what was only to be seen, is. */
  seen(): void {
    const kept = this.read();
    const before = Object.keys(kept.rings).length;
    kept.rings = Object.fromEntries(Object.entries(kept.rings).filter(([, sound]) => sound?.repeat));
    if (Object.keys(kept.rings).length < before) this.write(kept);
  }

  get conversations(): string[] { return Object.keys(this.read().rings); }

  /** A sound that is to come again until its conversation is read. */
  get again(): Sound | undefined {
    return Object.values(this.read().rings).find((sound) => sound?.repeat) ?? undefined;
  }

  private read(): Kept {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "{}") as Partial<Kept>;
      return { ...kept, rings: kept.rings ?? {} };
    } catch {
      return { rings: {} };
    }
  }

  private write(kept: Kept): void {
    try {
      localStorage.setItem(this.key, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing rings all the same, but counts nothing.
    }
  }
}
