// Looks at a chosen file before it is sent: is it a picture we take, and how
// large is it. The server looks again, and harder.

/** Why a file is not taken. */
export type Refusal = "tooHeavy" | "tooLarge" | "notAPicture";

/** What a picture may be at most. */
export interface Limits {
  bytes: number;
  side: number;
  pixels: number;
}

/** Loads the picture in a file, upright, or says why not. */
export async function loadPicture(file: File, limits: Limits): Promise<HTMLImageElement | Refusal> {
  if (file.size > limits.bytes) return "tooHeavy";
  if (!(await isPicture(file))) return "notAPicture";
  const img = await open(file);
  if (!img) return "notAPicture";
  const { naturalWidth: width, naturalHeight: height } = img;
  if (Math.max(width, height) <= limits.side && width * height <= limits.pixels) return img;
  URL.revokeObjectURL(img.src);
  return "tooLarge";
}

const png = [0x89, 0x50, 0x4e, 0x47];
const jpeg = [0xff, 0xd8, 0xff];

/** By content: a name says nothing. */
async function isPicture(file: File): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  return [png, jpeg].some((sign) => sign.every((byte, i) => head[i] === byte));
}

function open(file: File): Promise<HTMLImageElement | undefined> {
  return new Promise((done) => {
    const img = new Image();
    img.alt = "";
    img.draggable = false;
    img.onload = () => done(img);
    img.onerror = () => {
      URL.revokeObjectURL(img.src);
      done(undefined);
    };
    img.src = URL.createObjectURL(file);
  });
}

/** A small copy of a picture for drawing often: its longer side has at most `side` pixels. */
export function smallCopy(img: HTMLImageElement, side: number): HTMLCanvasElement {
  const scale = Math.min(1, side / Math.max(img.naturalWidth, img.naturalHeight));
  const copy = document.createElement("canvas");
  copy.width = Math.max(1, Math.round(img.naturalWidth * scale));
  copy.height = Math.max(1, Math.round(img.naturalHeight * scale));
  const pen = copy.getContext("2d");
  if (pen) {
    pen.imageSmoothingQuality = "high";
    pen.drawImage(img, 0, 0, copy.width, copy.height);
  }
  return copy;
}
