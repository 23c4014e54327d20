import { afterEach, describe, expect, it, vi } from "vitest";
import { Session } from "../chat/session";
import { Store } from "../chat/store";
import { ApiError } from "../shared/api";

/** A server of a few lines: the answers of each route, in order; the last one stays. */
function serve(routes: Record<string, Response[]>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const route = `${init.method ?? "GET"} ${url.replace("/api/v1/conversations", "")}`;
    asked.push(route);
    const answers = routes[route] ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0]?.clone();
    return next ? Promise.resolve(next) : Promise.reject(new TypeError("down"));
  });
  return asked;
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const opened = (id: string) => json({ conversation_id: id, token: "t" }, 201);
const answered = json({ message_id: "m", status: "answered", text: "đáp" });
const cut = new Response('event: accepted\ndata: {"message_id":"in"}\n\n', { headers: { "content-type": "text/event-stream" } });

function session(): { store: Store; session: Session } {
  const store = new Store(null);
  return { store, session: new Session(store, [0, 0]) };
}

afterEach(() => vi.unstubAllGlobals());

describe("Session", () => {
  it("opens a conversation with the first message only", async () => {
    const asked = serve({ "POST ": [opened("a")], "POST /a/messages": [answered] });
    const { store, session: one } = session();
    await one.send({ text: "một" }, "k1");
    await one.send({ text: "hai" }, "k2");
    expect(asked).toEqual(["POST ", "POST /a/messages", "POST /a/messages"]);
    expect(store.active()).toMatchObject({ id: "a", token: "t" });
  });

  it("starts anew when the server has forgotten the conversation", async () => {
    serve({ "POST ": [opened("b")], "POST /a/messages": [json({}, 404)], "POST /b/messages": [answered] });
    const { store, session: one } = session();
    store.add({ id: "a", token: "old" });
    expect((await one.send({ text: "x" }, "k")).conversation.id).toBe("b");
    expect(store.conversations.map((kept) => kept.id)).toEqual(["b"]);
  });

  it("reads the answer back when the stream was cut", async () => {
    const earlier = { message_id: "0", in_reply_to: "other", direction: "out", text: "cũ" };
    const answer = { message_id: "2", in_reply_to: "in", direction: "out", text: "đáp", reply: { message_id: "2", text: "đáp" } };
    serve({
      "POST ": [opened("a")],
      "POST /a/messages": [cut.clone()],
      "GET /a/messages": [json({ messages: [earlier] }), json({ messages: [earlier, answer] })],
    });
    expect((await session().session.send({ text: "x" }, "k")).reply).toMatchObject({ message_id: "2", text: "đáp" });
  });

  it("says that it was cut when the answer never comes", async () => {
    serve({ "POST ": [opened("a")], "POST /a/messages": [cut.clone()], "GET /a/messages": [json({ messages: [] })] });
    await expect(session().session.send({ text: "x" }, "k")).rejects.toMatchObject({ kind: "cut" } satisfies Partial<ApiError>);
  });

  it("opens another conversation for another area and restores both", async () => {
    serve({
      "POST ": [opened("a"), opened("b")],
      "POST /a/messages": [answered],
      "POST /b/messages": [answered],
      "GET /a/messages": [json({ messages: [{ message_id: "1", direction: "in", text: "một" }] })],
      "GET /b/messages": [json({ messages: [{ message_id: "2", direction: "in", text: "hai" }] })],
    });
    const { store, session: one } = session();
    await one.send({ text: "một" }, "k1");
    store.setArea("dak-lak");
    await one.send({ text: "hai" }, "k2");
    expect((await one.restore()).map((past) => past.conversation.area)).toEqual(["", "dak-lak"]);
  });

  it("asks without the area when the server does not know it", async () => {
    serve({ "POST ": [json({ detail: "không rõ" }, 422), opened("a")], "POST /a/messages": [answered] });
    const { store, session: one } = session();
    store.setArea("nowhere");
    expect((await one.send({ text: "x" }, "k")).conversation.area).toBe("");
  });

  it("deletes every conversation, and keeps what it could not delete", async () => {
    serve({ "DELETE /a": [new Response(null, { status: 204 })], "DELETE /b": [json({}, 500)] });
    const { store, session: one } = session();
    store.add({ id: "a", token: "t" });
    store.add({ id: "b", token: "t" });
    await expect(one.deleteAll()).rejects.toBeInstanceOf(ApiError);
    expect(store.conversations.map((kept) => kept.id)).toEqual(["b"]);
  });
});

describe("a copy of one's data", () => {
  it("holds every conversation that the server still has", async () => {
    serve({ "GET /a/data": [json({ tickets: [1] })], "GET /b/data": [json({}, 404)] });
    const { store, session: one } = session();
    store.add({ id: "a", token: "t" });
    store.add({ id: "b", token: "t" });
    expect(await one.copyAll()).toEqual([{ tickets: [1] }]);
  });

  it("is whole or none", async () => {
    serve({ "GET /a/data": [json({}, 500)] });
    const { store, session: one } = session();
    store.add({ id: "a", token: "t" });
    await expect(one.copyAll()).rejects.toBeInstanceOf(ApiError);
  });
});

describe("Store", () => {
  it("comes back from storage", () => {
    localStorage.clear();
    const store = new Store(localStorage);
    store.setArea("lam-dong/bac-binh");
    store.add({ id: "a", token: "t" });
    expect(new Store(localStorage).active()).toEqual({ id: "a", token: "t", area: "lam-dong/bac-binh" });
  });

  it.each(["", "{", "[]", "null", '{"conversations":[{"id":1}],"area":7}'])("starts anew from %j", (kept) => {
    localStorage.setItem("motcua.chat.1", kept);
    expect(new Store(localStorage)).toMatchObject({ area: "", conversations: [] });
  });
});
