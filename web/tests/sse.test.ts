import { describe, expect, it } from "vitest";
import { EventParser, serverEvents } from "../shared/sse";

const STREAM = 'event: accepted\ndata: {"message_id":"m1"}\n\n: ping\n\nevent: text\ndata: {"delta":"Đăng ký"}\n\ndata: một\ndata: hai\n\n';
const EVENTS = [
  { name: "accepted", data: '{"message_id":"m1"}' },
  { name: "text", data: '{"delta":"Đăng ký"}' },
  { name: "message", data: "một\nhai" },
];

describe("EventParser", () => {
  it("reads events, comments and several data lines", () => {
    expect(new EventParser().push(STREAM)).toEqual(EVENTS);
  });

  it.each(["\n", "\r\n", "\r"])("gives the same wherever the stream is cut, with line end %j", (end) => {
    const stream = STREAM.replace(/\n/g, end);
    for (let size = 1; size < 12; size += 1) {
      const parser = new EventParser();
      const got = [];
      for (let at = 0; at < stream.length; at += size) got.push(...parser.push(stream.slice(at, at + size)));
      got.push(...parser.push(end === "\r" ? "\n" : ""));
      expect(got).toEqual(EVENTS);
    }
  });

  it("drops an event that is not finished or has no data", () => {
    expect(new EventParser().push("event: reply\n\ndata: half")).toEqual([]);
  });

  it("keeps spaces after the first and ignores unknown fields", () => {
    expect(new EventParser().push("id: 7\nretry: 1\ndata:  x\n\n")).toEqual([{ name: "message", data: " x" }]);
  });
});

describe("serverEvents", () => {
  it("joins letters whose bytes come apart", async () => {
    const bytes = new TextEncoder().encode("data: Thủ tục\n\n");
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const got = [];
    for await (const event of serverEvents(body)) got.push(event.data);
    expect(got).toEqual(["Thủ tục"]);
  });
});
