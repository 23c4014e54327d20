/** The loader's sentences. */

import en from "./en.json";
import type { Language } from "./options";
import vi from "./vi.json";

export type Say = (key: keyof typeof vi) => string;

export function sentences(language: Language): Say {
  const texts: typeof vi = language === "en" ? en : vi;
  return (key) => texts[key];
}
