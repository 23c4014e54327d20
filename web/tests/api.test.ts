import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, areas, createConversation, deleteConversation, history, sendMessage } from "../shared/api";

const TO = { id: "c1", token: "t1" };
const TINH = { slug: "lam-dong", name: "Tỉnh Lâm Đồng" };
const XA = { slug: "lam-dong/bac-binh", name: "Xã Bắc Bình" };

function answer(body: unknown, init: ResponseInit = {}): Response {
  return new Response(body === null ? null : JSON.stringify(body), init);
}

function stream(...events: string[]): Response {
  return new Response(events.join(""), { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

function serve(...answers: (Response | Error)[]) {
  const fetch = vi.fn((_url: string, _init: RequestInit) => {
    const next = answers.shift();
    return next instanceof Response ? Promise.resolve(next) : Promise.reject(next ?? new Error("no more answers"));
  });
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

async function kindOf(work: Promise<unknown>): Promise<ApiError> {
  return await work.then(
    () => Promise.reject(new Error("did not fail")),
    (error: unknown) => error as ApiError,
  );
}

afterEach(() => vi.unstubAllGlobals());

describe("sendMessage", () => {
  it("sends words, meaning, token and key, and reports what comes in pieces", async () => {
    const fetch = serve(
      stream(
        'event: accepted\ndata: {"message_id":"in1"}\n\n',
        'event: status\ndata: {"text":"Đang tìm…"}\n\n',
        'event: text\ndata: {"delta":"Miễn "}\n\nevent: text\ndata: {"delta":"phí"}\n\n',
        'event: reply\ndata: {"message_id":"out1","status":"answered","text":"Miễn phí"}\n\n',
      ),
    );
    const seen: string[] = [];
    const reply = await sendMessage(TO, { text: "phí?", payload: "#MC:X" }, "k1", {
      status: (text) => seen.push(text),
      delta: (text) => seen.push(text),
    });
    expect(seen).toEqual(["Đang tìm…", "Miễn ", "phí"]);
    expect(reply).toMatchObject({ message_id: "out1", text: "Miễn phí" });
    const [url, init] = fetch.mock.calls[0] as [string, RequestInit];
    expect(url).toBe("/api/v1/conversations/c1/messages");
    expect(init.headers).toMatchObject({ Authorization: "Bearer t1", "Idempotency-Key": "k1" });
    expect(JSON.parse(init.body as string)).toEqual({ text: "phí?", payload: "#MC:X" });
  });

  it("takes plain JSON where the server does not stream", async () => {
    serve(answer({ message_id: "m", status: "answered", text: "Có" }, { headers: { "content-type": "application/json" } }));
    expect((await sendMessage(TO, { text: "x" }, "k", {})).text).toBe("Có");
  });

  it.each([
    [429, "busy"],
    [500, "server"],
    [503, "server"],
    [413, "refused"],
    [422, "refused"],
    [401, "lost"],
    [404, "lost"],
  ])("tells %i as %s", async (status, kind) => {
    serve(answer({ detail: "câu cho người dân" }, { status, headers: { "retry-after": "7" } }));
    const error = await kindOf(sendMessage(TO, { text: "x" }, "k", {}));
    expect(error).toMatchObject({ kind, detail: "câu cho người dân", retryAfter: 7 });
  });

  it("takes an answer that is kept but late as cut", async () => {
    serve(answer({ message_id: "in1", status: "accepted", text: "chờ" }, { status: 202 }));
    expect(await kindOf(sendMessage(TO, { text: "x" }, "k", {}))).toMatchObject({ kind: "cut", accepted: "in1" });
  });

  it("tells a stream cut after acceptance from one cut before", async () => {
    serve(stream('event: accepted\ndata: {"message_id":"m"}\n\n'), stream(": nothing\n\n"), new TypeError("refused"));
    expect((await kindOf(sendMessage(TO, { text: "x" }, "k", {}))).kind).toBe("cut");
    expect((await kindOf(sendMessage(TO, { text: "x" }, "k", {}))).kind).toBe("down");
    expect((await kindOf(sendMessage(TO, { text: "x" }, "k", {}))).kind).toBe("down");
  });

  it("tells a missing network as offline", async () => {
    vi.stubGlobal("navigator", { onLine: false });
    serve(new TypeError("failed"));
    expect((await kindOf(sendMessage(TO, { text: "x" }, "k", {}))).kind).toBe("offline");
  });

  it("gives up on an error event", async () => {
    serve(stream('event: accepted\ndata: {}\n\nevent: error\ndata: {"detail":"hỏng"}\n\n'));
    expect(await kindOf(sendMessage(TO, { text: "x" }, "k", {}))).toMatchObject({ kind: "server", detail: "hỏng" });
  });
});

describe("the other calls", () => {
  it("opens a conversation for the area", async () => {
    const fetch = serve(answer({ conversation_id: "c", token: "t" }, { status: 201 }));
    expect(await createConversation("dak-lak")).toEqual({ id: "c", token: "t" });
    expect(JSON.parse(fetch.mock.calls[0]?.[1].body as string)).toEqual({ channel: "web", locale: "vi", area: "dak-lak" });
  });

  it("reads a history", async () => {
    const reply = { message_id: "2", status: "answered", text: "đáp", blocks: [{ kind: "text", text: "đáp" }] };
    const lines = [
      { message_id: "1", in_reply_to: null, direction: "in", text: "hỏi", reply: null },
      { message_id: "2", in_reply_to: "1", direction: "out", text: "đáp", reply },
      { message_id: "3", in_reply_to: null, direction: "out", text: "cán bộ viết", reply: null },
    ];
    serve(answer({ messages: lines }), answer([]));
    const past = await history(TO);
    expect(past[0]).toEqual({ from: "person", text: "hỏi" });
    expect(past[1]).toMatchObject({ from: "assistant", to: "1", reply: { message_id: "2", status: "answered" } });
    expect(past[2]).toMatchObject({ reply: { message_id: "3", text: "cán bộ viết" } });
    expect(await history(TO)).toEqual([]);
  });

  it("counts a conversation that is already gone as deleted", async () => {
    serve(answer(null, { status: 204 }), answer({}, { status: 404 }), answer({}, { status: 500 }));
    await deleteConversation(TO);
    await deleteConversation(TO);
    expect((await kindOf(deleteConversation(TO))).kind).toBe("server");
  });

  it("offers no areas where the server has no list", async () => {
    serve(answer({}, { status: 404 }), answer({ areas: [TINH, XA, { slug: "" }] }));
    expect(await areas()).toEqual([]);
    expect(await areas()).toEqual([TINH, { slug: "lam-dong/bac-binh", name: "Xã Bắc Bình, Tỉnh Lâm Đồng" }]);
  });
});
