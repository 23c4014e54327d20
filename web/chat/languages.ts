/** At build time: the chat's page from its template, once a language. index.html is Vietnamese, en.html English. */

import type { Plugin } from "vite";
import en from "./page.en.json" with { type: "json" };
import vi from "./page.vi.json" with { type: "json" };

export type Words = Record<string, string>;

const LANGUAGES = { vi: "index.html", en: "en.html" } as const;
const TEMPLATE = LANGUAGES.vi;

export function wordsOf(language: string): Words {
  return language === "en" ? en : vi;
}

/** `{{key}}` is the sentence of that key, as text or in an attribute. A sentence may hold no markup. */
export function fill(template: string, words: Words): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const found = words[key];
    if (found === undefined) throw new Error(`no sentence ${key}`);
    return found.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  });
}

export function languages(): Plugin {
  return {
    name: "motcua-languages",
    enforce: "post",
    transformIndexHtml: (html, context) => (context.server && context.path.endsWith(TEMPLATE) ? fill(html, wordsOf("vi")) : html),
    generateBundle(_, bundle) {
      const page = bundle[TEMPLATE];
      if (page?.type !== "asset") return;
      const template = String(page.source);
      page.source = fill(template, wordsOf("vi"));
      this.emitFile({ type: "asset", fileName: LANGUAGES.en, source: fill(template, wordsOf("en")) });
    },
  };
}
