// <np-crop> makes a file field into a picture chooser: drop, paste or choose
// one, and cut a square out of it. Nothing leaves the page before the form is
// sent; the square goes along in three hidden fields.
import { need, find } from "./find";
import { listen } from "./gestures";
import { loadPicture, smallCopy, type Refusal } from "./picturefile";
import { Crop } from "./square";
import { letGo, stayed, unsaved } from "./unsaved";
import { fill } from "./words";

const copySide = 1024; // of the copy that the small previews are drawn from
const rim = 16; // between the area's edge and the square; as in picture.css

class PictureCrop extends HTMLElement {
  private crop: Crop | undefined;
  private img: HTMLImageElement | undefined;
  private copy: HTMLCanvasElement | undefined;

  private get form(): HTMLFormElement { return need<HTMLFormElement>(this, "form"); }
  private get file(): HTMLInputElement { return need<HTMLInputElement>(this, "input[type=file]"); }
  private get area(): HTMLElement { return need(this, "[data-area]"); }
  private get slider(): HTMLInputElement { return need<HTMLInputElement>(this, "[data-zoom]"); }

  connectedCallback(): void {
    this.file.addEventListener("change", () => void this.take());
    this.form.addEventListener("reset", () => this.forget());
    this.form.addEventListener("submit", () => letGo(this));
    addEventListener(stayed, () => unsaved(this, this.crop !== undefined));
    for (const button of this.querySelectorAll("[data-choose]")) {
      button.addEventListener("click", () => this.file.click());
    }
    this.file.hidden = true;
    need(this, "[data-choose-first]").hidden = false;
    need(this, "[data-ways]").hidden = false;
    this.listenToDrops();
    this.listenToPaste();
    this.listenToZoom();
    new ResizeObserver(() => this.place()).observe(this.area);
    this.show();
  }

  private listenToDrops(): void {
    const over = (yes: boolean) => (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.classList.toggle("over", yes);
    };
    this.addEventListener("dragover", over(true));
    this.addEventListener("dragleave", over(false));
    this.addEventListener("drop", (event) => {
      over(false)(event);
      this.receive(event.dataTransfer);
    });
  }

  private listenToPaste(): void {
    document.addEventListener("paste", (event) => {
      const typing = event.target instanceof Element && event.target.closest("input, textarea, [contenteditable]");
      if (!typing) this.receive(event.clipboardData);
    });
  }

  private listenToZoom(): void {
    const scale = (factor: number, x?: number, y?: number) => this.scale(factor, x, y);
    listen(this.area, { drag: (dx, dy) => this.drag(dx, dy), scale });
    this.slider.addEventListener("input", () => this.change((crop) => crop.zoomTo(Number(this.slider.value) / 100)));
    need(this, "[data-zoom-in]").addEventListener("click", () => scale(1.1));
    need(this, "[data-zoom-out]").addEventListener("click", () => scale(1 / 1.1));
  }

  /** Puts a dropped or pasted file into the form's own field. */
  private receive(data: DataTransfer | null): void {
    const file = [...(data?.files ?? [])].find((f) => f.type.startsWith("image/")) ?? data?.files[0];
    if (!file) return;
    const carrier = new DataTransfer();
    carrier.items.add(file);
    this.file.files = carrier.files;
    void this.take();
  }

  private async take(): Promise<void> {
    const file = this.file.files?.[0];
    if (!file) {
      this.forget();
      return;
    }
    const img = await loadPicture(file, {
      bytes: Number(this.dataset["maxBytes"]),
      side: Number(this.dataset["maxSide"]),
      pixels: Number(this.dataset["maxPixels"]),
    });
    if (typeof img === "string") this.refuse(img);
    else this.begin(file, img);
  }

  private begin(file: File, img: HTMLImageElement): void {
    this.forget();
    this.img = img;
    this.copy = smallCopy(img, copySide);
    this.crop = new Crop(img.naturalWidth, img.naturalHeight);
    this.area.replaceChildren(img);
    this.slider.max = String(Math.floor(this.crop.most * 100));
    this.slider.disabled = this.crop.most === 1;
    this.describe(file, img);
    this.show();
    this.place();
    this.area.focus({ preventScroll: true });
  }

  private refuse(why: Refusal): void {
    this.forget();
    this.file.value = "";
    this.complain(this.dataset[why] ?? "");
    this.show();
  }

  private forget(): void {
    if (this.img) URL.revokeObjectURL(this.img.src);
    this.img = this.copy = this.crop = undefined;
    this.area.replaceChildren();
    this.complain("");
    this.show();
  }

  private describe(file: File, img: HTMLImageElement): void {
    const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    need(this, "[data-file-name]").textContent = file.name;
    need(this, "[data-file-size]").textContent = fill(this.dataset["chosen"] ?? "", {
      width: number.format(img.naturalWidth),
      height: number.format(img.naturalHeight),
      weight: weight(file.size, number),
    });
  }

  private complain(words: string): void {
    need(this, "[data-error-text]").textContent = words;
    need(this, "[data-error]").hidden = words === "";
    if (words) this.file.setAttribute("aria-invalid", "true");
    else this.file.removeAttribute("aria-invalid");
  }

  /** Shows what belongs to the present state: nothing chosen, or a picture to crop. */
  private show(): void {
    const chosen = this.crop !== undefined;
    need(this, "[data-drop]").hidden = chosen;
    need(this, "[data-crop]").hidden = !chosen;
    for (const part of ["[data-another]", "[data-cancel]", "[data-update]"]) need(this, part).hidden = !chosen;
    const remove = find(this, "[data-remove]");
    if (remove) remove.hidden = chosen;
    need(this, ".sect-foot").hidden = !chosen && !remove && !find(this, "[data-said]");
    need(this, "[data-update]").classList.toggle("primary", chosen);
    for (const field of this.querySelectorAll<HTMLInputElement>("input[type=hidden]")) field.disabled = !chosen;
    this.say(chosen ? this.dataset["notStored"] ?? "" : "");
    unsaved(this, chosen);
  }

  private say(words: string): void {
    const line = need(this, "[data-dirty]");
    line.textContent = words;
    line.hidden = words === "";
    const said = find(this, "[data-said]");
    if (said) said.hidden = words !== "";
  }

  private drag(dx: number, dy: number): void {
    this.change((crop, scale) => crop.move(dx / scale, dy / scale));
  }

  private scale(factor: number, x?: number, y?: number): void {
    const part = (at: number | undefined) => (at === undefined ? 0.5 : (at - rim) / this.side);
    this.change((crop) => crop.zoomTo(crop.zoom * factor, part(x), part(y)));
  }

  private change(how: (crop: Crop, scale: number) => void): void {
    if (!this.crop) return;
    how(this.crop, this.side / this.crop.square.size);
    this.place();
  }

  /** The side of the square on the screen. */
  private get side(): number {
    return this.area.clientWidth - 2 * rim;
  }

  /** Brings the page in line with the crop. Picture geometry is physical: it doesn't turn with the writing. */
  private place(): void {
    const { crop, img } = this;
    if (!crop || !img || this.side <= 0) return;
    const { x, y, size } = crop.square;
    const scale = this.side / size;
    img.style.transform = `translate(${rim - x * scale}px, ${rim - y * scale}px) scale(${scale})`;
    const percent = Math.round(crop.zoom * 100);
    this.slider.value = String(percent);
    this.slider.setAttribute("aria-valuetext", `${percent} %`);
    this.fillIn(crop);
    this.look(crop);
  }

  private fillIn(crop: Crop): void {
    for (const [name, value] of Object.entries(crop.whole)) {
      need<HTMLInputElement>(this, `input[name="${name}"]`).value = String(value);
    }
  }

  /** Draws the square as it will look, in three sizes. */
  private look(crop: Crop): void {
    if (!this.copy) return;
    const { x, y, size } = crop.square;
    const scale = this.copy.width / crop.width;
    for (const canvas of this.querySelectorAll<HTMLCanvasElement>("[data-look]")) {
      const pen = canvas.getContext("2d");
      pen?.clearRect(0, 0, canvas.width, canvas.height);
      pen?.drawImage(this.copy, x * scale, y * scale, size * scale, size * scale, 0, 0, canvas.width, canvas.height);
    }
  }
}

function weight(bytes: number, number: Intl.NumberFormat): string {
  const kib = bytes / 1024;
  return kib < 1000 ? `${number.format(Math.ceil(kib))} KiB` : `${number.format(kib / 1024)} MiB`;
}

customElements.define("np-crop", PictureCrop);
