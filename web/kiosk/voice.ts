/** Reads aloud: with the browser's Vietnamese voice, else with the server's, a sentence at a time. */

import { spoken } from "./screen";

const LONGEST = 300; // letters a sentence; the server takes 400

export type VoiceOf = "browser" | "server" | "none";

/** A text in pieces that can be spoken one after another. */
export function sentences(text: string): string[] {
  const whole = text.replace(/https?:\/\/\S+/g, " ").replace(/[•▪●☐]/g, " ").split(/\n+|(?<=[.!?;:])\s+/);
  return whole.flatMap(cut).map((one) => one.trim()).filter((one) => /\p{L}|\d/u.test(one));
}

function cut(sentence: string): string[] {
  if (sentence.length <= LONGEST) return [sentence];
  const at = Math.max(sentence.lastIndexOf(",", LONGEST), sentence.lastIndexOf(" ", LONGEST)) + 1 || LONGEST;
  return [sentence.slice(0, at), ...cut(sentence.slice(at))];
}

export class Reader {
  private turn = 0;
  private context: AudioContext | null = null;
  private source: AudioBufferSourceNode | null = null;

  constructor(
    private readonly serverSpeaks: () => boolean,
    private readonly alive: () => void,
  ) {
    window.speechSynthesis?.getVoices(); // some browsers only then begin to load them
  }

  get of(): VoiceOf {
    return browserVoice() ? "browser" : this.serverSpeaks() ? "server" : "none";
  }

  /** Reads until the end or until `stop`. Rejects when nothing can be heard. */
  async read(text: string): Promise<void> {
    this.stop();
    const turn = this.turn;
    const pieces = sentences(text);
    if (browserVoice()) return this.byBrowser(pieces, turn);
    let next = pieces[0] ? spoken(pieces[0]) : null;
    for (const piece of pieces.slice(1).concat("")) {
      const sound = await next;
      if (!sound || turn !== this.turn) return;
      next = piece ? spoken(piece) : null; // fetched while this one is heard
      next?.catch(() => undefined); // told when its turn comes
      await this.play(sound);
      if (turn !== this.turn) return;
    }
  }

  stop(): void {
    this.turn += 1;
    window.speechSynthesis?.cancel();
    this.source?.stop();
    this.source = null;
  }

  private async play(sound: ArrayBuffer): Promise<void> {
    this.context ??= new AudioContext();
    const source = this.context.createBufferSource();
    source.buffer = await this.context.decodeAudioData(sound);
    source.connect(this.context.destination);
    this.source = source;
    this.alive();
    await new Promise<void>((done) => {
      source.onended = () => done();
      source.start();
    });
  }

  private async byBrowser(pieces: string[], turn: number): Promise<void> {
    for (const piece of pieces) {
      if (turn !== this.turn) return;
      this.alive();
      await new Promise<void>((done) => {
        const said = new SpeechSynthesisUtterance(piece);
        said.voice = browserVoice();
        said.lang = "vi-VN";
        said.rate = 0.95;
        said.onend = said.onerror = () => done();
        window.speechSynthesis.speak(said);
      });
    }
  }
}

function browserVoice(): SpeechSynthesisVoice | null {
  return window.speechSynthesis?.getVoices().find((one) => one.lang.toLowerCase().startsWith("vi")) ?? null;
}
