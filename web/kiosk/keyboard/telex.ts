/**
 * Vietnamese typed on plain keys, by Telex or VNI.
 *
 * Written here because no kept library does it: of the registry's packages `vnikey` knows VNI alone and rests since
 * 2018, the names `telex`, `unikey` and `bogo` are other things, and `simple-keyboard` draws keys and composes nothing.
 *
 * What stands before the caret is all it needs, so it works wherever a person puts the caret. A key pressed again takes
 * its own mark back and stands as itself; keys that make no syllable stand as themselves.
 */

import { bounds, compose, fits, isVowel, letterOf, parse } from "./syllable";
import type { Letter, Mark, Syllable, Tone } from "./syllable";

export type Method = "telex" | "vni";

type Deed =
  | { kind: "tone"; tone: Tone }
  | { kind: "mark"; mark: Mark; on: string } // `on`: the letters that may carry it
  | { kind: "horn"; on: string }; // w: ă, ơ, ư, and ươ at once

const TELEX: Record<string, Deed> = {
  s: { kind: "tone", tone: 1 },
  f: { kind: "tone", tone: 2 },
  r: { kind: "tone", tone: 3 },
  x: { kind: "tone", tone: 4 },
  j: { kind: "tone", tone: 5 },
  z: { kind: "tone", tone: 0 },
  a: { kind: "mark", mark: "circumflex", on: "a" },
  e: { kind: "mark", mark: "circumflex", on: "e" },
  o: { kind: "mark", mark: "circumflex", on: "o" },
  d: { kind: "mark", mark: "stroke", on: "d" },
  w: { kind: "horn", on: "aou" },
};
const VNI: Record<string, Deed> = {
  "0": { kind: "tone", tone: 0 },
  "1": { kind: "tone", tone: 1 },
  "2": { kind: "tone", tone: 2 },
  "3": { kind: "tone", tone: 3 },
  "4": { kind: "tone", tone: 4 },
  "5": { kind: "tone", tone: 5 },
  "6": { kind: "mark", mark: "circumflex", on: "aeo" },
  "7": { kind: "horn", on: "ou" },
  "8": { kind: "horn", on: "a" },
  "9": { kind: "mark", mark: "stroke", on: "d" },
};
const WORD = /\p{L}+$/u;

export class Telex {
  method: Method = "telex";
  private last: { before: string; key: string; after: string } | null = null;

  /** Nothing of what was typed is kept. */
  forget(): void {
    this.last = null;
  }

  /** The text before the caret, after a key. */
  press(before: string, key: string): string {
    const text = before.normalize("NFC");
    if (this.last && this.last.after === text && this.last.key === key) {
      const undone = this.last.before + key;
      this.last = null;
      return undone;
    }
    const deed = (this.method === "telex" ? TELEX : VNI)[key.toLowerCase()];
    const changed = deed ? this.done(text, key, deed) : null;
    this.last = changed === null ? null : { before: text, key, after: changed };
    return changed ?? added(text, key);
  }

  /** A tone on the word before the caret, from a key of its own; again takes it off. */
  tone(before: string, tone: Tone): string {
    const { head, syllable } = taken(before.normalize("NFC"));
    this.last = null;
    if (!syllable || !hasVowel(syllable) || !fits(syllable.letters)) return before;
    return head + compose({ ...syllable, tone: syllable.tone === tone ? 0 : tone });
  }

  private done(text: string, key: string, deed: Deed): string | null {
    const { head, syllable } = taken(text);
    if (!syllable) return null;
    if (deed.kind === "tone") return toned(head, syllable, key, deed.tone);
    if (deed.kind === "mark") return marked(head, syllable, key, deed.mark, deed.on);
    return horned(head, syllable, key, deed.on, this.method);
  }
}

function taken(text: string): { head: string; syllable: Syllable | null } {
  const word = WORD.exec(text)?.[0] ?? "";
  return { head: text.slice(0, text.length - word.length), syllable: parse(word) };
}

function hasVowel({ letters }: Syllable): boolean {
  const { from, to } = bounds(letters);
  return from < to;
}

/** A key that stands as itself; the tone moves where the longer word wants it, and uơ before another letter is ươ. */
function added(text: string, key: string): string {
  const { head, syllable } = taken(text);
  if (!syllable || !/^\p{L}$/u.test(key)) return text + key;
  const [first] = parse(key)?.letters ?? [letterOf(key)];
  const letters = [...syllable.letters, first as Letter];
  const whole = opened(letters);
  if (!fits(whole) || syllable.letters.length === 0) return text + key;
  return head + compose({ letters: whole, tone: syllable.tone });
}

/** thuơ + n = thươn: before another letter there is only ươ. */
function opened(letters: Letter[]): Letter[] {
  const { from } = bounds(letters);
  const [one, two] = [letters[from], letters[from + 1]];
  const closes = from + 2 < letters.length;
  if (one?.base !== "u" || one.mark || two?.base !== "o" || two.mark !== "horn" || !closes) return letters;
  return letters.map((letter, at) => (at === from ? { ...letter, mark: "horn" } : letter));
}

function toned(head: string, syllable: Syllable, key: string, tone: Tone): string | null {
  if (!hasVowel(syllable) || !fits(syllable.letters)) return null;
  if (tone === 0) return syllable.tone ? head + compose({ ...syllable, tone: 0 }) : null;
  if (syllable.tone === tone) return head + compose({ ...syllable, tone: 0 }) + key;
  return head + compose({ ...syllable, tone });
}

function marked(head: string, { letters, tone }: Syllable, key: string, mark: Mark, on: string): string | null {
  for (let at = letters.length - 1; at >= 0; at -= 1) {
    const letter = letters[at] as Letter;
    if (!on.includes(letter.base)) continue;
    if (letter.mark === mark) return head + compose({ letters: changed(letters, [at], ""), tone }) + key;
    const made = changed(letters, [at], mark);
    if (fits(made) && (isVowel(letter) || at === 0)) return head + compose({ letters: made, tone });
  }
  return null;
}

function horned(head: string, syllable: Syllable, key: string, on: string, method: Method): string | null {
  const { letters, tone } = syllable;
  const { from, to } = bounds(letters);
  for (const places of candidates(letters, from, to, on)) {
    const made = places.reduce((so, at) => changed(so, [at], markOf(so[at] as Letter)), [...letters]);
    if (places.some((at) => letters[at]?.mark !== made[at]?.mark) && fits(made)) return head + compose({ letters: made, tone });
  }
  const carrying = letters.findIndex((one, at) => at >= from && at < to && one.mark === markOf(one) && on.includes(one.base));
  if (carrying >= 0) {
    const bare = letters.map((one, at) => (at >= from && one.mark === markOf(one) ? { ...one, mark: "" as Mark } : one));
    return head + compose({ letters: bare, tone }) + key;
  }
  if (method !== "telex" || from < letters.length) return null; // w alone is ư
  const alone = [...letters, { base: "u", mark: "horn" as Mark, upper: key !== key.toLowerCase() }];
  return fits(alone) ? head + compose({ letters: alone, tone }) : null;
}

/** Which letters could carry the horn or the breve, the likeliest first. */
function candidates(letters: readonly Letter[], from: number, to: number, on: string): number[][] {
  const [one, two] = [letters[from], letters[from + 1]];
  const pair = on.includes("u") && one?.base === "u" && two?.base === "o" && from + 1 < to;
  const closed = from + 2 < letters.length || one?.mark === "horn";
  const found: number[][] = pair ? [closed ? [from, from + 1] : [from + 1]] : [];
  for (let at = to - 1; at >= from; at -= 1) if (on.includes(letters[at]?.base ?? "-")) found.push([at]);
  return found;
}

function markOf(letter: Letter): Mark {
  return letter.base === "a" ? "breve" : letter.base === "o" || letter.base === "u" ? "horn" : "stroke";
}

function changed(letters: readonly Letter[], places: readonly number[], mark: Mark): Letter[] {
  return letters.map((one, at) => (places.includes(at) ? { ...one, mark } : one));
}
