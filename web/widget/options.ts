/** What the portal's webmaster wrote on the script element, read with care: a wrong value is the default. */

import { parseColour, readable, WHITE } from "../shared/colour";
import type { Rgb } from "../shared/colour";

export type Language = "vi" | "en";
export type Side = "left" | "right";
export type Theme = "" | "light" | "dark" | "contrast";

export interface Options {
  area: string;
  language: Language;
  colour: Rgb;
  /** The colour as it was written, for the frame to make its own shades of; empty is ours. */
  given: string;
  side: Side;
  title: string;
  theme: Theme;
}

const OURS: Rgb = [11, 74, 143]; // --brand of tokens.css
const MOST_LETTERS = 60;

/** `page` is the portal's language (its <html lang>), `rtl` whether it runs from right to left. */
export function readOptions(data: DOMStringMap, page: string, rtl: boolean): Options {
  const colour = parseColour(data.colour ?? data.color ?? "");
  return {
    area: /^[a-z0-9/-]{1,100}$/.test(data.area ?? "") ? (data.area ?? "") : "",
    language: languageOf(data.language ?? data.lang ?? page),
    colour: readable(colour ?? OURS, WHITE),
    given: colour ? (data.colour ?? data.color ?? "").trim() : "",
    side: sideOf(data.side ?? "", rtl),
    title: (data.title ?? "").trim().slice(0, MOST_LETTERS),
    theme: themeOf(data.theme ?? ""),
  };
}

function languageOf(tag: string): Language {
  return /^en\b/i.test(tag.trim()) ? "en" : "vi";
}

function sideOf(given: string, rtl: boolean): Side {
  if (given === "left" || given === "right") return given;
  return (given === "start") === rtl ? "right" : "left";
}

function themeOf(given: string): Theme {
  return given === "light" || given === "dark" || given === "contrast" ? given : "";
}

/** Whether an origin is among those allowed: as written, or below a "https://*." of its domain. */
export function isListed(origin: string, sites: readonly string[]): boolean {
  return sites.some((site) => {
    const [scheme = "", host = ""] = site.split("//*");
    return host ? origin.startsWith(`${scheme}//`) && origin.endsWith(host) : origin === site;
  });
}

/** The frame's address. What stands behind `site` may be spoken to, and nobody else. */
export function frameUrl(ours: string, site: string, options: Options): string {
  const query = new URLSearchParams({ site, lang: options.language });
  if (options.area) query.set("area", options.area);
  if (options.theme) query.set("theme", options.theme);
  if (options.given) query.set("colour", options.given);
  return `${ours}/widget?${query.toString()}`;
}
