/** How the page looks: what the person chose, else what the portal asks for, else what the device says. */

import { BLACK, hex, mix, parseColour, readable, WHITE } from "../shared/colour";
import type { Rgb } from "../shared/colour";

export const THEMES = ["light", "dark", "contrast"];

/** Of tokens.css and themes.css, what a portal's colour is laid on. */
export const GROUND = {
  light: { paper: [243, 246, 250], surface: WHITE, onBrand: WHITE, wash: 0.1, deepen: BLACK },
  dark: { paper: [16, 22, 30], surface: [26, 35, 46], onBrand: [11, 26, 44], wash: 0.2, deepen: WHITE },
} as const;

/** The shades of one colour that can be read in a theme; the names are those of tokens.css. */
export function shades(colour: Rgb, theme: "light" | "dark"): Record<string, string> {
  const ground = GROUND[theme];
  const wash = mix(colour, ground.surface, ground.wash);
  const brand = [ground.paper, ground.surface, wash].reduce<Rgb>((shade, on) => readable(shade, on), colour);
  return {
    "--brand": hex(brand),
    "--brand-deep": hex(mix(ground.deepen, brand, 0.2)),
    "--brand-wash": hex(wash),
    "--on-brand": hex(ground.onBrand),
    "--focus": hex(brand),
  };
}

function device(query: string): boolean {
  return window.matchMedia?.(query).matches ?? false;
}

/** Sets the theme and, where it has one of its own, no colour: high contrast stays what it is. */
export function wear(chosen: string, colour: string): void {
  const root = document.documentElement;
  const theme = THEMES.includes(chosen) ? chosen : device("(prefers-contrast: more)") ? "contrast" : "";
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const given = parseColour(colour);
  const dark = theme === "dark" || (theme === "" && device("(prefers-color-scheme: dark)"));
  const made = given && theme !== "contrast" ? shades(given, dark ? "dark" : "light") : {};
  for (const name of Object.keys(shades(WHITE, "light"))) root.style.setProperty(name, made[name] ?? "");
}

/** Wears it now, and again when the device turns dark or light. */
export function keepWearing(theme: () => string, colour: string): void {
  const now = (): void => wear(theme(), colour);
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    window.matchMedia?.(query).addEventListener?.("change", now);
  }
  now();
}
