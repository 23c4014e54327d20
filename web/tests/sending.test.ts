import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Log } from "../chat/log";
import { Queue } from "../chat/queue";
import { Sending } from "../chat/sending";
import type { Session } from "../chat/session";
import { browserStorage } from "../chat/store";
import { ApiError } from "../shared/api";
import type { Utterance } from "../shared/types";

type Outcome = string | ApiError;

function replyOf(text: string): unknown {
  return { message_id: `id-${text}`, status: "answered", text, blocks: [], sources: [], choices: [], ticket: null };
}

/** A line that answers or fails as it is told, one outcome a message; then everything is answered. */
function sending(outcomes: Outcome[], queue = new Queue(null)) {
  document.body.innerHTML = "<div id=log></div>";
  const root = document.querySelector("#log") as HTMLElement;
  const keys: string[] = [];
  const shown: string[] = [];
  const given: string[] = [];
  const session = {
    send: async (said: Utterance, key: string) => {
      keys.push(`${said.text} ${key}`);
      const next = outcomes.shift();
      if (next instanceof ApiError) throw next;
      return { reply: replyOf(next ?? `đáp ${said.text}`), conversation: { id: "c", token: "t", area: "" } };
    },
  } as unknown as Session;
  const log = new Log(root, { choose: () => undefined, announce: () => undefined });
  const around = { announce: () => undefined, show: (reply: { text: string }) => void shown.push(reply.text), busy: () => undefined, giveBack: (text: string) => void given.push(text) };
  const made = new Sending(session, queue, log, around as never, [1000, 2000]);
  const failure = () => root.querySelector(".failed")?.textContent ?? "";
  return { made, keys, shown, given, queue, failure, root };
}

const offline = () => new ApiError("offline");
const press = (root: HTMLElement, label: string) =>
  [...root.querySelectorAll("button")].find((one) => one.textContent?.includes(label))?.click();

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("Sending", () => {
  it.each(["offline", "down", "cut"] as const)("keeps a message that found no line (%s) and sends it by itself, with its key", async (kind) => {
    const one = sending([new ApiError(kind)]);
    await one.made.say({ text: "một" });
    expect(one.failure()).not.toBe("");
    await vi.advanceTimersByTimeAsync(1000);
    expect(one.shown).toEqual(["đáp một"]);
    expect(one.failure()).toBe("");
    expect(new Set(one.keys).size).toBe(1);
    expect(one.keys).toHaveLength(2);
  });

  it("sends what waits in its order, and what comes behind it last", async () => {
    const one = sending([offline(), offline(), offline()]);
    await one.made.say({ text: "một" });
    await one.made.say({ text: "hai" });
    await one.made.say({ text: "ba" });
    await one.made.flush();
    expect(one.shown).toEqual(["đáp một", "đáp hai", "đáp ba"]);
    expect(one.queue.first).toBeUndefined();
  });

  it("tries again after longer and longer pauses, without a word each time", async () => {
    const one = sending([offline(), offline(), offline()]);
    await one.made.say({ text: "một" });
    const card = one.root.querySelector(".failed");
    await vi.advanceTimersByTimeAsync(1000);
    await vi.advanceTimersByTimeAsync(1999);
    expect(one.keys).toHaveLength(2);
    expect(one.root.querySelector(".failed")).toBe(card); // the same: a live region would read a new one
    await vi.advanceTimersByTimeAsync(1 + 2000);
    expect(one.shown).toEqual(["đáp một"]);
  });

  it("forgets it when the person takes it back", async () => {
    const one = sending([offline()]);
    await one.made.say({ text: "một" });
    press(one.root, "không gửi");
    await vi.advanceTimersByTimeAsync(10_000);
    expect([one.keys.length, one.queue.first, one.failure()]).toEqual([1, undefined, ""]);
  });

  it("leaves a refused message to be written anew and goes on with the next", async () => {
    const one = sending([offline(), new ApiError("refused", "Dài quá.")]);
    await one.made.say({ text: "một" });
    await one.made.say({ text: "hai" });
    expect(one.given).toEqual(["một"]);
    expect(one.shown).toEqual(["đáp hai"]);
  });

  it.each([
    [new ApiError("server"), "ít phút"],
    [new ApiError("busy", "", 20), "20 giây"],
    [new ApiError("busy"), "một lát"],
    [new ApiError("server", "Máy chủ bảo trì."), "bảo trì"],
  ])("waits for the person where the server answered with a failure (%s)", async (error, text) => {
    const one = sending([error]);
    await one.made.say({ text: "một" });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(one.keys).toHaveLength(1);
    expect(one.failure()).toContain(text);
    press(one.root, "Thử lại");
    await vi.advanceTimersByTimeAsync(0);
    expect(one.shown).toEqual(["đáp một"]);
    expect(new Set(one.keys).size).toBe(1);
  });

  it("lets nobody in between while an answer is on its way, but queues behind a missing line", async () => {
    const one = sending([]);
    const going = one.made.say({ text: "một" });
    expect(one.made.refuses).toBe(true);
    await going;
    expect(one.made.refuses).toBe(false);
    const other = sending([offline()]);
    await other.made.say({ text: "một" });
    expect(other.made.refuses).toBe(false);
  });
});

describe("Queue", () => {
  it("survives the page and takes each message once", () => {
    sessionStorage.clear();
    const queue = new Queue(sessionStorage);
    queue.add({ said: { text: "một" }, key: "k1" });
    queue.add({ said: { text: "một" }, key: "k1" });
    queue.add({ said: { text: "hai", payload: "#X" }, key: "k2" });
    const again = new Queue(sessionStorage);
    expect(again.texts).toEqual(["một", "hai"]);
    again.drop("k1");
    again.drop("unknown");
    expect(new Queue(sessionStorage).first).toEqual({ said: { text: "hai", payload: "#X" }, key: "k2" });
    again.clear();
    expect(sessionStorage.length).toBe(0);
  });

  it("is bounded", () => {
    const queue = new Queue(null);
    for (let count = 0; count < 20; count += 1) queue.add({ said: { text: "x" }, key: `${count}` });
    expect(queue.isFull).toBe(true);
  });

  it.each(["", "{", "{}", "null", '[{"key":1}]', '[{"key":"k"}]', "[null]"])("starts empty from %j", (kept) => {
    sessionStorage.setItem("motcua.queue.1", kept);
    expect(new Queue(sessionStorage).first).toBeUndefined();
  });
});

describe("browserStorage", () => {
  afterEach(() => vi.unstubAllGlobals());
  const forbid = (name: "localStorage" | "sessionStorage") =>
    vi.spyOn(window, name, "get").mockImplementation(() => {
      throw new DOMException("no", "SecurityError");
    });

  it("is the first kind that works, or none", () => {
    const [local, session] = [window.localStorage, window.sessionStorage];
    expect(browserStorage("localStorage", "sessionStorage")).toBe(local);
    const first = forbid("localStorage");
    expect(browserStorage("localStorage", "sessionStorage")).toBe(session);
    const second = forbid("sessionStorage");
    expect(browserStorage("localStorage", "sessionStorage")).toBeNull();
    first.mockRestore();
    second.mockRestore();
  });
});
