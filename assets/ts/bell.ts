// <np-bell> rings. One of a person's tabs holds a lock and with it the only
// stream; it tells the others what comes. Of those that the browser lets sound,
// one does. Title and icon of the tab say the same to who can't hear it.
import { find, need } from "./find";
import { mayPlay, play } from "./tone";
import { Waiting, type Sound } from "./waiting";
import { fill } from "./words";

interface Ring {
  event: string;
  kind?: string;
  conversation: { id: string; title?: string; url?: string };
  sound: Sound | null;
}

type News = { ring: Ring } | { read: string } | { play: Sound; event: string };

const again = 30_000;
const pulse = 60_000;
const turn = 2_000; // how long a tab that plays keeps the others from it
const blink = 1_000;
const most = 3; // notes at once
const refusedPause = 60_000;

class Bell extends HTMLElement {
  private waiting!: Waiting;
  private channel: BroadcastChannel | undefined;
  private leave: AbortController | undefined;
  private words: Record<string, string> = {};
  private heading = "";
  private flash = 0;

  connectedCallback(): void {
    if (!navigator.locks) return;
    this.words = JSON.parse(this.dataset["words"] ?? "{}") as Record<string, string>;
    this.heading = document.title;
    this.waiting = new Waiting(this.person, () => this.show());
    addEventListener("pageshow", this.begin);
    addEventListener("pagehide", this.end);
    document.addEventListener("visibilitychange", () => this.see());
    // A browser that holds sound back lets go of it when somebody does something.
    for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, () => void mayPlay(), { once: true, passive: true });
    if (document.readyState === "complete") this.begin();
    this.show();
  }

  private get person(): string { return this.dataset["person"] ?? ""; }
  private name(what: string): string { return `np-${what}:${this.person}`; }

  private readonly begin = (): void => {
    if (this.leave) return;
    this.leave = new AbortController();
    this.channel = new BroadcastChannel(this.name("bell"));
    this.channel.onmessage = (event: MessageEvent<News>) => this.hear(event.data);
    void this.lead(this.leave.signal);
    this.see();
    // What rings until it is read has no name any more on a page that is new.
    for (const id of this.waiting.conversations) this.toast({ event: "", conversation: { id }, sound: null });
  };

  // A page in the browser's memory holds nothing that another tab waits for.
  private readonly end = (): void => {
    this.leave?.abort();
    this.leave = undefined;
    this.channel?.close();
    this.seen?.abort();
    this.seen = undefined;
  };

  /** Waits for its turn, and holds the stream from then on. */
  private async lead(left: AbortSignal): Promise<void> {
    await navigator.locks.request(this.name("stream"), { signal: left }, () => this.follow(left)).catch(() => undefined);
  }

  private follow(left: AbortSignal): Promise<void> {
    return new Promise((done) => {
      let source: EventSource;
      let timer = 0;
      const open = () => {
        const from = this.waiting.last;
        source = new EventSource(`/v1/me/stream${from === undefined ? "" : `?last_event_id=${from}`}`);
        source.addEventListener("state", (event) => this.waiting.reached(event.lastEventId));
        source.addEventListener("ring", (event) => this.ring(event));
        source.addEventListener("read", (event) => this.read(event));
        source.addEventListener("end", stop);
        source.addEventListener("error", () => {
          if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, refusedPause);
        });
      };
      const still = setInterval(() => this.waiting.still(), pulse);
      const repeat = setInterval(() => this.repeat(), again);
      const stop = () => {
        for (const one of [still, repeat]) clearInterval(one);
        clearTimeout(timer);
        source.close();
        done();
      };
      left.addEventListener("abort", stop);
      open();
    });
  }

  private ring(event: MessageEvent<string>): void {
    const ring = JSON.parse(event.data) as Ring;
    this.waiting.reached(event.lastEventId);
    this.waiting.add(ring.conversation.id, ring.sound);
    this.tell({ ring });
    if (ring.sound) void this.sound(ring.sound, ring.event);
  }

  private read(event: MessageEvent<string>): void {
    this.waiting.reached(event.lastEventId);
    const { conversation } = JSON.parse(event.data) as { conversation: string };
    this.waiting.drop(conversation);
    this.tell({ read: conversation });
  }

  private repeat(): void {
    const sound = this.waiting.again;
    if (sound) void this.sound(sound, `again-${Date.now()}`);
  }

  /** Tells all tabs, this one too. */
  private tell(news: News): void {
    this.channel?.postMessage(news);
    this.hear(news);
  }

  private hear(news: News): void {
    if ("play" in news) void this.take(news.play, news.event);
    if ("ring" in news) {
      if (!document.hidden) this.waiting.seen();
      this.toast(news.ring);
      this.show();
    }
    if ("read" in news) for (const note of this.toasts(news.read)) note.remove();
  }

  /** Sounds in one of the tabs, unless the person is looking at one and wants none then. */
  private async sound(sound: Sound, event: string): Promise<void> {
    if (sound.only_when_hidden && await this.looking()) return;
    this.tell({ play: sound, event });
  }

  private async looking(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query();
    return held.some((lock) => lock.name === this.name("seen"));
  }

  /** Plays if this tab may, and is the first that does. */
  private async take(sound: Sound, event: string): Promise<void> {
    if (!(await mayPlay())) {
      this.blocked();
      return;
    }
    await navigator.locks.request(this.name(`play-${event}`), { ifAvailable: true }, async (mine) => {
      if (!mine) return;
      await play(sound.tone, sound.volume);
      await new Promise((go) => setTimeout(go, turn));
    });
  }

  private blocked(): void {
    document.dispatchEvent(new Event("np-blocked"));
  }

  private seen: AbortController | undefined;

  /** While the page is seen it holds a lock that says so to the other tabs. */
  private see(): void {
    if (!document.hidden) this.waiting.seen();
    this.show();
    this.seen?.abort();
    this.seen = undefined;
    if (document.hidden || !this.leave) return;
    const seen = new AbortController();
    this.seen = seen;
    navigator.locks.request(this.name("seen"), { mode: "shared", signal: seen.signal }, () => new Promise<void>((done) => {
      if (seen.signal.aborted) done();
      seen.signal.addEventListener("abort", () => done());
    })).catch(() => undefined);
  }

  private toast(ring: Ring): void {
    for (const old of this.toasts(ring.conversation.id)) old.remove();
    const note = need<HTMLTemplateElement>(this, "template").content.firstElementChild?.cloneNode(true) as HTMLElement;
    note.dataset["ring"] = ring.conversation.id;
    const words = this.words[ring.kind ?? ""] ?? this.words["other"] ?? "";
    const title = ring.conversation.title ?? ring.conversation.id;
    need(note, "[data-what]").textContent = words;
    const link = need<HTMLAnchorElement>(note, "a");
    link.textContent = title;
    if (ring.conversation.url) link.href = ring.conversation.url;
    link.addEventListener("click", () => this.done(ring.conversation.id));
    need(note, "button").addEventListener("click", () => this.done(ring.conversation.id));
    const all = need(this, "[data-toasts]");
    all.append(note);
    while (all.children.length > most) all.firstElementChild?.remove();
  }

  private toasts(conversation: string): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-ring]")].filter((note) => note.dataset["ring"] === conversation);
  }

  /** The person knows of it: it rings no more, in no tab. */
  private done(conversation: string): void {
    this.waiting.drop(conversation);
    this.tell({ read: conversation });
  }

  /** Shows in title and icon how much waits. Out of sight the title changes back and forth. */
  private show(): void {
    const count = this.waiting.conversations.length;
    clearInterval(this.flash);
    const counted = fill(this.dataset["counted"] ?? "", { count: String(count), title: this.heading });
    document.title = count > 0 ? counted : this.heading;
    const icon = find<HTMLLinkElement>(document, "link[rel=icon]");
    const wanted = (count > 0 ? this.dataset["ringing"] : this.dataset["quiet"]) ?? "";
    if (icon && icon.getAttribute("href") !== wanted) icon.href = wanted;
    if (count === 0 || !document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let on = false;
    this.flash = setInterval(() => {
      document.title = on ? counted : fill(this.dataset["flash"] ?? "", { count: String(count) });
      on = !on;
    }, blink);
  }
}

customElements.define("np-bell", Bell);
