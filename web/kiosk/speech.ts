/** Speech in, where the browser hears and the office allows it: the browser's maker may hear it too. */

interface Recognition extends EventTarget {
  lang: string;
  interimResults: boolean;
  start(): void;
  abort(): void;
  onresult: ((event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void) | null;
  onerror: (() => void) | null;
  onend: (() => void) | null;
}

type Maker = new () => Recognition;

function maker(): Maker | null {
  const has = window as unknown as { SpeechRecognition?: Maker; webkitSpeechRecognition?: Maker };
  return has.SpeechRecognition ?? has.webkitSpeechRecognition ?? null;
}

export function hears(): boolean {
  return maker() !== null;
}

export class Hearing {
  private one: Recognition | null = null;

  /** What was said; "" when nothing was understood. */
  listen(): Promise<string> {
    this.stop();
    const Made = maker();
    if (!Made) return Promise.resolve("");
    const one = new Made();
    this.one = one;
    one.lang = "vi-VN";
    one.interimResults = false;
    return new Promise((done) => {
      one.onresult = (event) => done(event.results[0]?.[0]?.transcript ?? "");
      one.onerror = () => done("");
      one.onend = () => done("");
      one.start();
    });
  }

  stop(): void {
    this.one?.abort();
    this.one = null;
  }
}
