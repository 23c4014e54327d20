import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ASK_MS, Idle, WIPE_MS } from "../kiosk/idle";
import { Keyboard } from "../kiosk/keyboard/keyboard";
import { sheet } from "../kiosk/paper";
import { Hearing, hears } from "../kiosk/speech";
import type { Reply } from "../shared/types";

describe("speech in", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is not there where the browser has none", async () => {
    expect(hears()).toBe(false);
    expect(await new Hearing().listen()).toBe("");
  });

  it.each([
    ["onresult", "làm khai sinh"],
    ["onerror", ""],
    ["onend", ""],
  ])("%s gives %s", async (kind, text) => {
    class Recognition {
      lang = "";
      onresult = (_: unknown): void => undefined;
      onerror = (): void => undefined;
      onend = (): void => undefined;
      start(): void {
        expect(this.lang).toBe("vi-VN");
        if (kind === "onresult") this.onresult({ results: [[{ transcript: text }]] });
        else this[kind as "onerror"]();
      }
      abort(): void {}
    }
    vi.stubGlobal("webkitSpeechRecognition", Recognition);
    expect(hears()).toBe(true);
    expect(await new Hearing().listen()).toBe(text);
  });
});

describe("nobody touches the screen", () => {
  let asked: (number | null)[];
  let wiped: number;
  let used: boolean;

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    wiped = 0;
    used = true;
  });
  afterEach(() => vi.useRealTimers());

  const idle = (): Idle =>
    new Idle({ ask: (left) => asked.push(left), wipe: () => (wiped += 1), used: () => used });

  it("asks after a minute and wipes half a minute later", () => {
    idle();
    vi.advanceTimersByTime(ASK_MS - 1000);
    expect(asked).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(asked).toEqual([30]);
    window.dispatchEvent(new Event("pointerdown")); // somebody passes by
    vi.advanceTimersByTime(WIPE_MS - ASK_MS);
    expect(wiped).toBe(1);
    expect(asked.at(-1)).toBeNull();
  });

  it("goes on when the person says so, and with every touch before the question", () => {
    const one = idle();
    vi.advanceTimersByTime(ASK_MS - 1000);
    window.dispatchEvent(new Event("pointerdown"));
    vi.advanceTimersByTime(ASK_MS - 1000);
    expect(asked).toEqual([]);
    vi.advanceTimersByTime(5000);
    one.stay();
    vi.advanceTimersByTime(ASK_MS - 1000);
    expect(wiped).toBe(0);
  });

  it("does nothing where there is nothing to wipe, and counts from the first touch", () => {
    used = false;
    idle();
    vi.advanceTimersByTime(10 * WIPE_MS);
    expect([asked, wiped]).toEqual([[], 0]);
    used = true;
    vi.advanceTimersByTime(ASK_MS - 1000);
    expect(asked).toEqual([]);
  });
});

describe("the keyboard", () => {
  it("writes at the caret, erases a letter with its marks and leaves nothing behind", () => {
    document.body.innerHTML = '<textarea id="f">toi lam</textarea><div id="k" hidden></div>';
    const field = document.getElementById("f") as HTMLTextAreaElement;
    const board = new Keyboard(document.getElementById("k") as HTMLElement);
    const press = (name: string): void => document.querySelector<HTMLElement>(`[data-key="${name}"]`)?.click();
    field.focus();
    expect(board.open).toBe(true);
    field.setSelectionRange(3, 3);
    press("o");
    expect(field.value).toBe("tôi lam");
    expect(field.selectionStart).toBe(3);
    press("tone2");
    press("erase");
    expect(field.value).toBe("tồ lam");
    press("shift");
    press("q");
    expect(field.value).toBe("tồQ lam");
    press("method");
    board.reset();
    expect(board.open).toBe(false);
    expect(document.querySelector('[data-key="method"]')?.textContent).toBe("Telex");
  });
});

describe("a checklist", () => {
  it("has a box for each paper, the steps in order and the source", () => {
    const block = { title: "", text: "" };
    const reply: Reply = {
      message_id: "m",
      status: "answered",
      text: "đáp",
      blocks: [
        { ...block, kind: "list", items: ["Tờ khai", "<b>Căn cước</b>"] },
        { ...block, kind: "steps", items: ["Nộp", "Nhận"] },
      ],
      sources: [
        { kind: "procedure", title: "Khai sinh", code: "1.001193", number: "", section: "", decision: "", url: "", validity: "", validity_text: "", fetched: "" },
      ],
      choices: [],
      ticket: null,
    };
    const made = document.createElement("div");
    made.append(...sheet({ asked: "khai sinh", reply, place: "Sảnh", picture: "" }).filter((one): one is Node => one instanceof Node));
    expect(made.textContent?.match(/☐/g)).toHaveLength(2);
    expect([...made.querySelectorAll("ol li")].map((one) => one.textContent)).toEqual(["Nộp", "Nhận"]);
    expect(made.querySelector("b")).toBeNull();
    expect(made.querySelector(".source")?.textContent).toBe("Nguồn: Khai sinh 1.001193");
  });
});
