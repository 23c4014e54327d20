/** Photos for the report being written: made small on the device, sent with progress, shown, taken away again. */

import { ApiError, removePhoto, uploadPhoto, waitingPhotos, type Place } from "../shared/api";
import { el } from "../shared/dom";
import { say } from "../shared/texts";
import { placeOf } from "./exif";
import type { Kept } from "./store";

const MOST = 5;
const MAX_BYTES = 10 * 1024 * 1024;
const SIDE = 2000;
const THUMB = 48;

interface Line {
  element: HTMLElement;
  sent: { conversation: Kept; id: string } | null;
}

export class Photos {
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly lines = new Set<Line>();

  constructor(
    private readonly box: HTMLElement,
    private readonly open: () => Promise<Kept>,
    private readonly announce: (text: string) => void,
  ) {
    this.input = box.querySelector("input") as HTMLInputElement;
    this.list = box.querySelector("ul") as HTMLElement;
    this.input.addEventListener("change", () => void this.take([...(this.input.files ?? [])]));
  }

  /** Offered while a report is being written; afterwards nothing of it is left here. */
  offer(is: boolean): void {
    this.box.hidden = !is;
    if (is) return;
    this.noPlace();
    this.lines.clear();
    this.list.replaceChildren();
  }

  /** Shows again what waits on the server, after the page was opened anew. */
  async recall(conversation: Kept): Promise<void> {
    if (this.box.hidden) return;
    for (const id of await waitingPhotos(conversation).catch(() => [])) {
      const number = this.lines.size + 1;
      const line: Line = { element: el("li", {}, el("span", {}, say("photoSent", { number }))), sent: { conversation, id } };
      line.element.append(this.remover(line, number));
      this.lines.add(line);
      this.list.append(line.element);
    }
  }

  private async take(files: File[]): Promise<void> {
    this.input.value = ""; // the same picture may be chosen again after it was removed
    for (const file of files) {
      if (this.lines.size >= MOST) return this.announce(say("photoTooMany"));
      await this.send(file);
    }
  }

  private async send(file: File): Promise<void> {
    const number = this.lines.size + 1;
    const bar = el("progress", { max: "1", "aria-label": say("photoSending", { number }) });
    const words = el("span", {}, say("photoSending", { number }));
    const line: Line = { element: el("li", {}, words, bar), sent: null };
    this.lines.add(line);
    this.list.append(line.element);
    this.announce(say("photoSending", { number }));
    try {
      const here = await placeOf(file);
      const { content, thumb } = await shrunk(file);
      if (content.size > MAX_BYTES) throw new ApiError("refused", say("photoTooLarge"));
      const conversation = await this.open();
      const { id, place } = await uploadPhoto(conversation, content, (share) => (bar.value = share));
      if (!this.lines.has(line)) return;
      line.sent = { conversation, id };
      words.textContent = say("photoSent", { number });
      bar.replaceWith(...(thumb ? [thumb] : []), this.remover(line, number));
      this.announce(say("photoSent", { number }));
      this.offerPlace(here ?? place);
    } catch (error) {
      this.drop(line);
      this.announce("");
      this.complain(error instanceof ApiError && error.detail ? error.detail : say("photoFailed"));
    }
  }

  /** The place the photo's file tells is a message of the person's own, or nothing. */
  private offerPlace(place: Place | null): void {
    if (!place) return;
    const use = el("button", { type: "button", class: "quiet" }, say("photoPlaceUse"));
    const no = el("button", { type: "button", class: "quiet" }, say("photoPlaceNo"));
    const offer = el("div", { class: "photo-place", role: "group" }, el("span", {}, say("photoPlace")), use, no);
    use.addEventListener("click", () => {
      offer.remove();
      tell(`#MC:AT:${place.latitude.toFixed(5)},${place.longitude.toFixed(5)}`);
    });
    no.addEventListener("click", () => offer.remove());
    this.noPlace();
    this.box.append(offer); // not in the list, which scrolls
    this.announce(say("photoPlace"));
  }

  private remover(line: Line, number: number): HTMLButtonElement {
    const label = say("photoRemove", { number });
    const button = el("button", { type: "button", class: "quiet", "aria-label": label }, say("photoRemoveShort"));
    button.addEventListener("click", () => void this.remove(line));
    return button;
  }

  private async remove(line: Line): Promise<void> {
    const sent = line.sent;
    if (!sent) return;
    try {
      await removePhoto(sent.conversation, sent.id);
    } catch {
      return this.announce(say("photoRemoveFailed"));
    }
    this.drop(line);
    this.announce(say("photoRemoved"));
    this.input.focus();
  }

  private noPlace(): void {
    this.box.querySelector(".photo-place")?.remove();
  }

  private drop(line: Line): void {
    this.noPlace();
    this.lines.delete(line);
    line.element.remove();
  }

  /** Stays to be read until the next photo; also read aloud. */
  private complain(text: string): void {
    const note = el("li", { class: "wrong", role: "alert" }, text);
    this.list.append(note);
    this.input.addEventListener("change", () => note.remove(), { once: true });
  }
}

/** Said as every suggestion of the page is: by a form of its own, for the box's form cannot hold another. */
function tell(payload: string): void {
  const text = el("input", { type: "hidden", name: "q", value: say("myPlace") });
  const form = el("form", { action: "/hoi", method: "post", hidden: true, "data-payload": payload }, text);
  document.body.append(form);
  form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })); // requestSubmit is younger than Safari 14
  form.remove();
}

interface Shrunk {
  content: Blob;
  thumb: HTMLCanvasElement | null;
}

/** The picture as a JPEG of bounded size, drawn anew: where it was taken does not leave the device. */
async function shrunk(file: File): Promise<Shrunk> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return { content: file, thumb: null }; // the server says what is wrong with it
  const content = await new Promise<Blob | null>((done) => {
    drawn(bitmap, Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height))).toBlob(done, "image/jpeg", 0.85);
  });
  const thumb = drawn(bitmap, THUMB / Math.max(bitmap.width, bitmap.height));
  thumb.setAttribute("aria-hidden", "true");
  bitmap.close();
  return { content: content ?? file, thumb };
}

function drawn(bitmap: ImageBitmap, scale: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (context) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}
