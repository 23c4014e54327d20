/** Colours by the contrast of WCAG 2 (1.4.3): what may be read on what, and a portal's colour made readable. */

export type Rgb = readonly [number, number, number];

export const WHITE: Rgb = [255, 255, 255];
export const BLACK: Rgb = [0, 0, 0];
/** For text; parts of controls need 3. */
export const AA = 4.5;

/** #abc or #aabbcc; null for anything else. */
export function parseColour(text: string): Rgb | null {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(text.trim());
  const found = short ? short.map((one) => one + one) : /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text.trim());
  if (!found) return null;
  const [red = 0, green = 0, blue = 0] = found.slice(1).map((one) => parseInt(one, 16));
  return [red, green, blue];
}

export function hex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Relative luminance, 0 (black) to 1 (white). */
export function luminance(colour: Rgb): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** 1 (the same) to 21 (black on white). */
export function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** `share` of the first colour over the second, 0 to 1. */
export function mix(over: Rgb, under: Rgb, share: number): Rgb {
  const part = (at: 0 | 1 | 2): number => Math.round(over[at] * share + under[at] * (1 - share));
  return [part(0), part(1), part(2)];
}

/** The colour itself where it can be read on `on`; else moved towards black or white until it can. */
export function readable(colour: Rgb, on: Rgb, least: number = AA): Rgb {
  const towards = luminance(on) > 0.18 ? BLACK : WHITE;
  for (let share = 0; share < 1; share += 0.02) {
    const tried = mix(towards, colour, share);
    if (contrast(tried, on) >= least) return tried;
  }
  return towards;
}
