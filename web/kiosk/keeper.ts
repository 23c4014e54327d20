/** Keeps the empty pages of screens on the device: one that starts without its server opens, and waits for it. */

interface Worker {
  addEventListener(kind: "install" | "activate", hear: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(kind: "fetch", hear: (event: { request: Request; respondWith(work: Promise<Response>): void }) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

const KEPT = "motcua.screens.1";
const SHELL = [
  "/kiosk",
  "/board",
  "/assets/kiosk.js",
  "/assets/kiosk.css",
  "/assets/board.js",
  "/assets/board.css",
  "/assets/screens.js",
  "/assets/icon.svg",
];
const worker = self as unknown as Worker;

worker.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => worker.skipWaiting())));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
// Nothing but the empty pages: what people say and read never comes near here.
worker.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.search || !SHELL.includes(address.pathname)) return;
  event.respondWith(fresh(event.request, address.pathname));
});

async function keepAll(): Promise<void> {
  const kept = await caches.open(KEPT);
  await Promise.all(SHELL.map((one) => kept.add(one).catch(() => undefined)));
}

/** From the server, whose answer is kept; from the device when there is no server. */
async function fresh(request: Request, path: string): Promise<Response> {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (!answer.ok) return (await kept.match(path)) ?? answer; // also while new pages are being put in place
    await kept.put(path, answer.clone());
    return answer;
  } catch (error) {
    const found = await kept.match(path);
    if (found) return found;
    throw error;
  }
}
