/** What the loader on a portal's page and the chat in its frame say to each other. Nothing else is listened to. */

export type FromFrame =
  | { type: "ready" }
  | { type: "close" }
  | { type: "unread"; count: number }
  | { type: "talking"; is: boolean };

export type FromHost = { type: "opened" } | { type: "closed" };

const MARK = "motcua";
const MOST_UNREAD = 99;

interface Envelope {
  motcua: string;
  type: string;
  [key: string]: unknown;
}

function opened(data: unknown): Envelope | null {
  if (typeof data !== "object" || data === null) return null;
  const found = data as Partial<Envelope>;
  return found.motcua === MARK && typeof found.type === "string" ? (found as Envelope) : null;
}

/** Sends to one window at one origin: if something else stands there by now, nothing arrives. */
export function send(to: Window, origin: string, message: FromFrame | FromHost): void {
  to.postMessage({ motcua: MARK, ...message }, origin);
}

/** The message, if it comes from that window at that origin and is one of ours. */
export function fromHost(event: MessageEvent, host: Window, origin: string): FromHost | null {
  if (event.source !== host || event.origin !== origin) return null;
  const found = opened(event.data);
  return found?.type === "opened" || found?.type === "closed" ? { type: found.type } : null;
}

export function fromFrame(event: MessageEvent, frame: Window | null, origin: string): FromFrame | null {
  if (!frame || event.source !== frame || event.origin !== origin) return null;
  const found = opened(event.data);
  if (!found) return null;
  if (found.type === "ready" || found.type === "close") return { type: found.type };
  if (found.type === "talking") return { type: "talking", is: found.is === true };
  if (found.type !== "unread" || typeof found.count !== "number" || !(found.count >= 0)) return null;
  return { type: "unread", count: Math.min(MOST_UNREAD, Math.floor(found.count)) };
}
