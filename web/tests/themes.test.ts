import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { GROUND, shades, wear } from "../chat/look";
import { BLACK, contrast, parseColour, WHITE } from "../shared/colour";
import type { Rgb } from "../shared/colour";

type Theme = Record<string, string>;

/** The custom properties of the block behind a selector. */
function block(css: string, selector: string): Theme {
  const at = css.indexOf(`${selector} {`);
  const body = css.slice(css.indexOf("{", at) + 1, css.indexOf("}", at));
  return Object.fromEntries([...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = "", value = ""]) => [name, value]));
}

const tokens = readFileSync("shared/tokens.css", "utf8");
const themes = readFileSync("shared/themes.css", "utf8");
const light = block(tokens, ":root");
const dark = { ...light, ...block(tokens, ":root:not([data-theme])") };
const ALL: Record<string, Theme> = {
  light,
  dark,
  "dark, chosen": { ...light, ...block(themes, ':root[data-theme="dark"]') },
  contrast: { ...light, ...block(themes, ':root[data-theme="contrast"]') },
};

/** What is written on what (chat.css, base.css). */
const TEXT: [string, string][] = [
  ...["--paper", "--surface", "--brand-wash", "--warn-wash", "--accent-wash"].map((on): [string, string] => ["--ink", on]),
  ["--ink-soft", "--paper"],
  ["--ink-soft", "--surface"],
  ["--brand", "--paper"],
  ["--brand", "--surface"],
  ["--brand", "--brand-wash"],
  ["--on-brand", "--brand"],
  ["--on-brand", "--brand-deep"],
  ["--accent", "--surface"],
  ["--accent", "--accent-wash"],
  ["--good", "--good-wash"],
  ["--warn", "--warn-wash"],
  ["--warn", "--surface"],
];
/** Edges of controls and the ring of the focus: 3:1 (WCAG 1.4.11). */
const EDGES: [string, string][] = [
  ["--control-line", "--surface"],
  ["--control-line", "--paper"],
  ["--focus", "--paper"],
  ["--focus", "--surface"],
];

function rgb(theme: Theme, name: string): Rgb {
  const found = parseColour(theme[name] ?? "");
  if (!found) throw new Error(`${name} is no colour: ${theme[name]}`);
  return found;
}

function weak(theme: Theme, pairs: [string, string][], least: number): string[] {
  const faults = pairs.map(([text, on]) => ({ pair: `${text} on ${on}`, is: contrast(rgb(theme, text), rgb(theme, on)) }));
  return faults.filter((one) => one.is < least).map((one) => `${one.pair}: ${one.is.toFixed(2)}`);
}

describe("contrast", () => {
  it("is that of WCAG", () => {
    expect(contrast(BLACK, WHITE)).toBeCloseTo(21);
    expect(contrast([118, 118, 118], WHITE)).toBeCloseTo(4.54, 2);
    expect(contrast(WHITE, WHITE)).toBe(1);
  });

  it.each(Object.keys(ALL))("is AA in the theme: %s", (name) => {
    const theme = ALL[name] as Theme;
    expect(weak(theme, TEXT, 4.5)).toEqual([]);
    expect(weak(theme, EDGES, 3)).toEqual([]);
  });

  it("is 7:1 in the theme of high contrast", () => {
    expect(weak(ALL.contrast as Theme, [...TEXT, ...EDGES], 7)).toEqual([]);
  });

  const STEPS = [0, 51, 102, 153, 204, 255];
  const grid = STEPS.flatMap((red) => STEPS.flatMap((green) => STEPS.map((blue): Rgb => [red, green, blue])));

  it.each(["light", "dark"] as const)("holds for a portal's colour, whichever it is, in the %s theme", (name) => {
    const faults = grid.flatMap((colour) => {
      const theme = { ...(ALL[name] as Theme), ...shades(colour, name) };
      return [...weak(theme, TEXT, 4.5), ...weak(theme, EDGES, 3)].map((fault) => `${colour.join()}: ${fault}`);
    });
    expect(faults).toEqual([]);
  });
});

describe("themes", () => {
  it("are the same dark, chosen or by the device", () => {
    expect(ALL["dark, chosen"]).toEqual(dark);
  });

  it.each(["light", "dark"] as const)("lie on the ground that a portal's colour is reckoned for: %s", (name) => {
    const theme = ALL[name] as Theme;
    expect([rgb(theme, "--paper"), rgb(theme, "--surface"), rgb(theme, "--on-brand")]).toEqual([
      GROUND[name].paper,
      GROUND[name].surface,
      GROUND[name].onBrand,
    ]);
  });
});

describe("what the page wears", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    wear("", "");
  });
  const root = document.documentElement;
  const device = (...on: string[]) => vi.stubGlobal("matchMedia", (query: string) => ({ matches: on.some((one) => query.includes(one)) }));

  it("is what the person chose, else what the device asks for", () => {
    device();
    wear("dark", "");
    expect(root.dataset.theme).toBe("dark");
    wear("", "");
    expect(root.dataset.theme).toBeUndefined();
    wear("pink", "");
    expect(root.dataset.theme).toBeUndefined();
    device("prefers-contrast");
    wear("", "");
    expect(root.dataset.theme).toBe("contrast");
    wear("light", "");
    expect(root.dataset.theme).toBe("light");
  });

  it("has the portal's colour, but not in high contrast", () => {
    device();
    wear("", "#ffcc00");
    expect(root.style.getPropertyValue("--brand")).not.toBe("");
    const lightBrand = root.style.getPropertyValue("--brand");
    device("prefers-color-scheme: dark");
    wear("", "#ffcc00");
    expect(root.style.getPropertyValue("--brand")).not.toBe(lightBrand);
    wear("contrast", "#ffcc00");
    expect(root.style.getPropertyValue("--brand")).toBe("");
    wear("", "url(evil)");
    expect(root.style.getPropertyValue("--brand")).toBe("");
  });
});

describe("style sheets of the chat", () => {
  it.each(["chat/chat.css", "shared/base.css"])("know no left and no right: %s", (file) => {
    const css = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    expect(css.match(/[^\n]*\b(left|right)\b[^\n]*/g) ?? []).toEqual([]);
  });
});
