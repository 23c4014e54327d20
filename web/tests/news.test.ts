import { afterEach, describe, expect, it, vi } from "vitest";
import { News } from "../chat/news";
import { Store } from "../chat/store";

const out = (id: string, to: string | null, text: string) => ({
  message_id: id, in_reply_to: to, direction: "out", text, created_at: "2026-11-20T00:00:00Z",
  reply: { message_id: id, status: "ticket_status", text },
});

function serve(...messages: unknown[]): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify({ messages }))));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

function page(): { news: News; heard: string[]; store: Store } {
  const store = new Store(null);
  const heard: string[] = [];
  return { store, heard, news: new News(store, (reply) => heard.push(reply.text)) };
}

afterEach(() => vi.unstubAllGlobals());

describe("News", () => {
  it("shows what nobody asked for, once", async () => {
    serve(out("a", "q", "trả lời câu hỏi"), out("b", null, "phản ánh đã có trả lời"));
    const { news, heard, store } = page();
    store.add({ id: "c", token: "t" });
    await news.look();
    await news.look();
    expect(heard).toEqual(["phản ánh đã có trả lời"]);
  });

  it("does not show again what the page already has, and asks nothing without a conversation", async () => {
    const fetched = serve(out("b", null, "tin cũ"));
    const { news, heard, store } = page();
    await news.look();
    expect(fetched).not.toHaveBeenCalled();
    store.add({ id: "c", token: "t" });
    news.seen("b");
    await news.look();
    expect(heard).toEqual([]);
  });

  it("is looked for less often while the chat is folded away", async () => {
    vi.useFakeTimers();
    const fetched = serve();
    const store = new Store(null);
    store.add({ id: "c", token: "t" });
    let seen = false;
    new News(store, () => undefined, () => seen).start(10);
    await vi.advanceTimersByTimeAsync(80);
    expect(fetched).toHaveBeenCalledTimes(2);
    seen = true;
    await vi.advanceTimersByTimeAsync(30);
    expect(fetched).toHaveBeenCalledTimes(5);
    vi.useRealTimers();
  });

  it("stays quiet when the line is down", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("down")));
    const { news, heard, store } = page();
    store.add({ id: "c", token: "t" });
    await news.look();
    expect(heard).toEqual([]);
  });
});
