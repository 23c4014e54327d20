/** A Vietnamese syllable taken apart into letters, marks and tone, and put together again. */

export type Mark = "" | "circumflex" | "breve" | "horn" | "stroke";
/** none, sắc, huyền, hỏi, ngã, nặng. */
export type Tone = 0 | 1 | 2 | 3 | 4 | 5;

export interface Letter {
  base: string; // a small letter without marks
  mark: Mark;
  upper: boolean;
}

export interface Syllable {
  letters: Letter[];
  tone: Tone;
}

const TONES = ["", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"];
const MARKS: Record<string, Mark> = { "\u0302": "circumflex", "\u0306": "breve", "\u031B": "horn" };
const COMBINING: Record<Mark, string> = { "": "", circumflex: "\u0302", breve: "\u0306", horn: "\u031B", stroke: "" };

// The highlands' names too: Krông Búk, Đắk Lắk, Pleiku.
const ONSETS = new Set(
  ("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x kr pl bl br dr đr gr pr kl hr").split(" ").concat(""),
);
const NUCLEI = (
  "a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê iu oa oă oe oi oo ôi ơi ua uâ uê ui uô uơ uy ưa ưi ươ ưu yê " +
  "iêu oai oao oay oeo uây uôi uya uyê uyu ươi ươu yêu uêu"
).split(" ");
const CODAS = new Set(["", "c", "ch", "k", "l", "m", "n", "ng", "nh", "p", "t"]);
/** Also what is still on its way: "uo" before the horn, "tieng" before the circumflex. */
const ON_THE_WAY = new Set(NUCLEI.flatMap(withFewerMarks));

function withFewerMarks(nucleus: string): string[] {
  return [...nucleus].reduce<string[]>(
    (made, letter) => made.flatMap((one) => [one + letter, one + plain(letter)]),
    [""],
  );
}

function plain(letter: string): string {
  return letter.normalize("NFD").charAt(0);
}

/** The letters of a word and its tone; null when it is no single syllable (two tones, other signs). */
export function parse(word: string): Syllable | null {
  const letters: Letter[] = [];
  let tone: Tone = 0;
  for (const sign of word.normalize("NFD")) {
    const last = letters[letters.length - 1];
    const found = TONES.indexOf(sign);
    if (found > 0) {
      if (tone !== 0 || !last) return null;
      tone = found as Tone;
    } else if (sign in MARKS) {
      if (!last) return null;
      last.mark = MARKS[sign] as Mark;
    } else {
      letters.push(letterOf(sign));
    }
  }
  return { letters, tone };
}

export function letterOf(sign: string): Letter {
  const small = sign.toLowerCase();
  return { base: small === "đ" ? "d" : small, mark: small === "đ" ? "stroke" : "", upper: small !== sign };
}

/** Onset, vowels and coda as places in the letters: [0, from), [from, to), [to, end). */
export function bounds(letters: readonly Letter[]): { from: number; to: number } {
  let from = letters.findIndex((one) => isVowel(one));
  if (from < 0) return { from: letters.length, to: letters.length };
  const first = letters[0];
  const next = letters[from + 1];
  const glides = (first?.base === "q" && letters[from]?.base === "u") || (first?.base === "g" && letters[from]?.base === "i");
  if (from === 1 && glides && next && isVowel(next)) from = 2; // qu and gi are onsets before another vowel
  let to = from;
  while (to < letters.length && isVowel(letters[to] as Letter)) to += 1;
  return { from, to };
}

export function isVowel(letter: Letter): boolean {
  return "aeiouy".includes(letter.base);
}

/** Whether letters are, or may still become, a syllable. */
export function fits(letters: readonly Letter[]): boolean {
  const { from, to } = bounds(letters);
  const onset = spelled(letters.slice(0, from));
  const vowels = spelled(letters.slice(from, to));
  const coda = spelled(letters.slice(to));
  const onsetFits = ONSETS.has(onset) || onset === "q";
  return onsetFits && (vowels === "" ? coda === "" : ON_THE_WAY.has(vowels)) && CODAS.has(coda);
}

function spelled(letters: readonly Letter[]): string {
  return letters.map((one) => written({ ...one, upper: false })).join("");
}

function written(letter: Letter, tone: Tone = 0): string {
  const small = letter.mark === "stroke" ? "đ" : letter.base;
  const sign = letter.upper ? small.toUpperCase() : small;
  return (sign + COMBINING[letter.mark] + (TONES[tone] ?? "")).normalize("NFC");
}

/** The letter that carries the tone, by the older way that most offices write: hòa, thúy, khỏe. */
export function toneAt(letters: readonly Letter[]): number {
  const { from, to } = bounds(letters);
  if (from === to) return -1;
  for (let at = to - 1; at >= from; at -= 1) if (letters[at]?.mark) return at; // of ươ the second
  const count = to - from;
  if (count === 1) return from;
  if (count === 3) return from + 1;
  return to < letters.length ? from + 1 : from;
}

export function compose({ letters, tone }: Syllable): string {
  const at = tone ? toneAt(letters) : -1;
  return letters.map((one, place) => written(one, place === at ? tone : 0)).join("");
}
