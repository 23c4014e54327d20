/** Server-sent events read from a fetch body (EventSource can send neither a body nor a token). */

export interface ServerEvent {
  name: string;
  data: string;
}

/** Parses the stream as it comes, in pieces cut anywhere, by the rules of the HTML standard (9.2.6). */
export class EventParser {
  private buffer = "";
  private name = "";
  private data: string[] = [];

  push(chunk: string): ServerEvent[] {
    const lines = (this.buffer + chunk).split(/\r\n|\n|\r(?!$)/);
    this.buffer = lines.pop() ?? "";
    return lines.flatMap((line) => this.line(line.replace(/^\uFEFF/, "")));
  }

  private line(line: string): ServerEvent[] {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return []; // a comment keeps the connection alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    if (field === "data") this.data.push(value);
    return [];
  }

  private dispatch(): ServerEvent[] {
    const event = { name: this.name || "message", data: this.data.join("\n") };
    const empty = this.data.length === 0;
    this.name = "";
    this.data = [];
    return empty ? [] : [event];
  }
}

export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    void reader.cancel().catch(() => undefined); // the person left or the answer is whole
  }
}
