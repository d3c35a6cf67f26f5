// The arithmetic of a crop: a square in the pixels of an upright picture. It
// knows nothing of the page, and nothing of the direction of writing.

/** A square: its left, its top and its side, in pixels of the picture. */
export interface Square {
  x: number;
  y: number;
  size: number;
}

/** The least side worth keeping, in pixels of the picture. */
const least = 64;
const strongest = 4;

/** A square over a picture that always lies wholly on it. */
export class Crop {
  private x = 0;
  private y = 0;
  private size: number;

  constructor(readonly width: number, readonly height: number) {
    this.size = Math.min(width, height);
    this.center();
  }

  /** The present square. */
  get square(): Square {
    return { x: this.x, y: this.y, size: this.size };
  }

  /** The square in whole pixels, still wholly on the picture. */
  get whole(): Square {
    const size = Math.min(Math.round(this.size), this.width, this.height);
    return {
      x: clamp(Math.round(this.x), 0, this.width - size),
      y: clamp(Math.round(this.y), 0, this.height - size),
      size,
    };
  }

  /** How much the picture is enlarged: 1 shows its whole shorter side. */
  get zoom(): number {
    return Math.min(this.width, this.height) / this.size;
  }

  /** The most it can be enlarged. */
  get most(): number {
    return clamp(Math.min(this.width, this.height) / least, 1, strongest);
  }

  /** Moves the picture under the square, by pixels of the picture. */
  move(dx: number, dy: number): void {
    this.x = clamp(this.x - dx, 0, this.width - this.size);
    this.y = clamp(this.y - dy, 0, this.height - this.size);
  }

  /** Enlarges to zoom; the point at the given parts of the square stays where it is. */
  zoomTo(zoom: number, atX = 0.5, atY = 0.5): void {
    const size = Math.min(this.width, this.height) / clamp(zoom, 1, this.most);
    const lost = this.size - size;
    this.size = size;
    this.x += lost * atX;
    this.y += lost * atY;
    this.move(0, 0);
  }

  private center(): void {
    this.x = (this.width - this.size) / 2;
    this.y = (this.height - this.size) / 2;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
