// What a hand does over an area: drag, pinch, wheel, keys.

/** What the gestures ask for. Distances are in pixels of the screen, points relative to the area. */
export interface Gestures {
  drag(dx: number, dy: number): void;
  scale(factor: number, x?: number, y?: number): void;
}

const step = 0.04; // of the area's side, for one press of an arrow
const stride = 5; // times that with Shift
const notch = 1.1; // one press of plus
const wheelSpeed = 0.002;

/** Tells what is done over the area. */
export function listen(area: HTMLElement, to: Gestures): void {
  area.addEventListener("wheel", (event) => wheel(event, area, to), { passive: false });
  area.addEventListener("keydown", (event) => key(event, area, to));
  new Fingers(area, to);
}

function wheel(event: WheelEvent, area: HTMLElement, to: Gestures): void {
  event.preventDefault();
  const box = area.getBoundingClientRect();
  to.scale(Math.exp(-event.deltaY * wheelSpeed), event.clientX - box.left, event.clientY - box.top);
}

function key(event: KeyboardEvent, area: HTMLElement, to: Gestures): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const far = area.clientWidth * step * (event.shiftKey ? stride : 1);
  const acts: Record<string, () => void> = {
    ArrowLeft: () => to.drag(-far, 0),
    ArrowRight: () => to.drag(far, 0),
    ArrowUp: () => to.drag(0, -far),
    ArrowDown: () => to.drag(0, far),
    "+": () => to.scale(notch),
    "=": () => to.scale(notch),
    "-": () => to.scale(1 / notch),
    "_": () => to.scale(1 / notch),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

interface Point { x: number; y: number }

/** One finger drags, two pinch. */
class Fingers {
  private readonly down = new Map<number, Point>();

  constructor(private readonly area: HTMLElement, private readonly to: Gestures) {
    area.addEventListener("pointerdown", (event) => this.press(event));
    area.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      area.addEventListener(end, (event) => this.lift(event));
    }
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.area.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, this.at(event));
    this.area.classList.add("held");
  }

  private move(event: PointerEvent): void {
    const before = this.down.get(event.pointerId);
    if (!before) return;
    const now = this.at(event);
    const other = this.otherThan(event.pointerId);
    if (other) this.pinch(before, now, other);
    else this.to.drag(now.x - before.x, now.y - before.y);
    this.down.set(event.pointerId, now);
  }

  private pinch(before: Point, now: Point, other: Point): void {
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(now.x - other.x, now.y - other.y);
    if (was > 0) this.to.scale(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.to.drag((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  private lift(event: PointerEvent): void {
    this.down.delete(event.pointerId);
    if (this.down.size === 0) this.area.classList.remove("held");
  }

  private otherThan(id: number): Point | undefined {
    for (const [other, point] of this.down) if (other !== id) return point;
    return undefined;
  }

  private at(event: PointerEvent): Point {
    const box = this.area.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
