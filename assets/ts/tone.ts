// The tones, made here from a few oscillators each.

interface Partial {
  at: number; // seconds after the beginning
  hertz: number;
  to?: number; // where the pitch glides to
  loud: number; // of the whole
  fades: number; // seconds
  shape?: OscillatorType;
}

const tones: Record<string, Partial[]> = {
  // A wooden bell: a struck bar, whose overtones die before it.
  bell: [
    { at: 0, hertz: 587, loud: 0.6, fades: 0.9 },
    { at: 0, hertz: 1618, loud: 0.25, fades: 0.35 },
    { at: 0, hertz: 3170, loud: 0.1, fades: 0.12 },
    { at: 0.16, hertz: 784, loud: 0.5, fades: 1.1 },
    { at: 0.16, hertz: 2160, loud: 0.18, fades: 0.35 },
  ],
  // Two drops that fall into water: short, and each rises.
  drops: [
    { at: 0, hertz: 420, to: 980, loud: 0.7, fades: 0.16 },
    { at: 0.2, hertz: 540, to: 1320, loud: 0.6, fades: 0.2 },
  ],
  // A harbour: two ships far away, one a fifth above the other.
  harbour: [
    { at: 0, hertz: 196, loud: 0.4, fades: 1.1, shape: "triangle" },
    { at: 0, hertz: 392, loud: 0.12, fades: 0.9, shape: "triangle" },
    { at: 0.45, hertz: 294, loud: 0.45, fades: 1.3, shape: "triangle" },
    { at: 0.45, hertz: 588, loud: 0.12, fades: 1, shape: "triangle" },
  ],
};

const attack = 0.008; // seconds, so that nothing clicks

let speaker: AudioContext | undefined;

/**
 * Opens the speaker, and tells whether the browser lets it sound. A browser may
 * hold sound back until somebody has done something on the page.
 */
export async function mayPlay(): Promise<boolean> {
  speaker ??= new AudioContext();
  if (speaker.state === "running") return true;
  // Where sound is held back the promise waits for the person, and so must nobody else.
  await Promise.race([speaker.resume(), new Promise((go) => setTimeout(go, patience))]).catch(() => undefined);
  return (speaker.state as AudioContextState) === "running";
}

const patience = 250; // milliseconds

/** Plays a tone, if the browser lets it. Volume is 0 to 100. */
export async function play(tone: string, volume: number): Promise<boolean> {
  if (!(await mayPlay()) || !speaker) return false;
  const whole = speaker.createGain();
  whole.gain.value = (volume / 100) ** 2; // ears count by ratios
  whole.connect(speaker.destination);
  for (const p of tones[tone] ?? tones["bell"] ?? []) sound(speaker, whole, p);
  return true;
}

function sound(context: AudioContext, into: AudioNode, p: Partial): void {
  const start = context.currentTime + p.at;
  const end = start + attack + p.fades;
  const source = new OscillatorNode(context, { type: p.shape ?? "sine", frequency: p.hertz });
  if (p.to) source.frequency.exponentialRampToValueAtTime(p.to, end);
  const level = new GainNode(context, { gain: 0 });
  level.gain.setValueAtTime(0.0001, start);
  level.gain.exponentialRampToValueAtTime(p.loud, start + attack);
  level.gain.exponentialRampToValueAtTime(0.0001, end);
  source.connect(level).connect(into);
  source.start(start);
  source.stop(end);
}
