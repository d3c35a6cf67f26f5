// The live events of one card. The browser reconnects by itself when a
// connection breaks; when the server refuses one, we ask why and try again
// later and later.
import type { CardShape } from "./cardshape";

const firstPause = 1_000;
const longestPause = 60_000;

/** What a follower of a card is told. */
export interface Follower {
  card(card: CardShape): void;
  gone(): void; // there is no such card, or no longer
}

/** Follows the stream at the address, and returns how to stop. */
export function follow(address: string, follower: Follower): () => void {
  const line = lines.get(address) ?? new Line(address);
  lines.set(address, line);
  line.add(follower);
  return () => line.remove(follower);
}

// Cards of the same person on one page share a connection, because a browser
// has only six for a host.
const lines = new Map<string, Line>();

class Line {
  private readonly followers = new Set<Follower>();
  private source: EventSource | undefined;
  private last: CardShape | undefined;
  private pause = firstPause;
  private timer = 0;

  constructor(private readonly address: string) {}

  add(follower: Follower): void {
    this.followers.add(follower);
    if (this.last) follower.card(this.last);
    if (this.followers.size === 1) this.open();
  }

  remove(follower: Follower): void {
    this.followers.delete(follower);
    if (this.followers.size > 0) return;
    this.close();
    lines.delete(this.address);
  }

  private readonly open = (): void => {
    this.close();
    const source = new EventSource(this.address);
    source.addEventListener("card", (event) => this.hear(event as MessageEvent<string>));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) void this.refused();
    });
    this.source = source;
    // A page in the browser's memory holds no connection.
    addEventListener("pagehide", this.close, { once: true });
    addEventListener("pageshow", this.reopen);
  };

  private readonly close = (): void => {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  };

  private readonly reopen = (event: PageTransitionEvent): void => {
    if (event.persisted && this.followers.size > 0) this.open();
  };

  private hear(event: MessageEvent<string>): void {
    this.pause = firstPause;
    this.last = JSON.parse(event.data) as CardShape;
    for (const follower of this.followers) follower.card(this.last);
  }

  private async refused(): Promise<void> {
    if (await isGone(this.address)) {
      this.last = undefined;
      this.pause = longestPause;
      for (const follower of this.followers) follower.gone();
    }
    this.timer = setTimeout(this.open, this.pause);
    this.pause = Math.min(this.pause * 2, longestPause);
  }
}

async function isGone(address: string): Promise<boolean> {
  try {
    const answer = await fetch(address.replace(/\/live(?=$|\?)/, ""), { credentials: "omit" });
    return answer.status === 404 || answer.status === 410;
  } catch {
    return false;
  }
}
