/** A checklist on paper: what was asked, the answer with boxes to tick, its source. Slip of 80 mm or a sheet of A4. */

import { el } from "../shared/dom";
import type { Child } from "../shared/dom";
import type { Block, Reply, Source } from "../shared/types";
import { moment, own } from "./texts";

export type Paper = "thermal" | "a4";

const SLIP_WIDTH_MM = 80;
const MARGIN_MM = 4;
const MM_PER_PX = 25.4 / 96;

export interface Printed {
  asked: string;
  reply: Reply;
  place: string;
  picture: string; // a QR as a data: address, or ""
}

export function sheet({ asked, reply, place, picture }: Printed): Child[] {
  const time = moment(new Date());
  const body = reply.blocks.length > 0 ? reply.blocks.map(part) : lines(reply.text);
  return [
    el("h1", {}, "Một Cửa"),
    asked ? el("p", { class: "asked" }, own("printAsked", { text: asked })) : null,
    ...body,
    ...reply.sources.map(source),
    picture ? el("img", { src: picture, alt: "", class: "code" }) : null,
    el("p", { class: "foot" }, own("printFoot", { place, time })),
  ];
}

function part(block: Block): HTMLElement {
  const ticks = block.kind === "list";
  const items = block.items.map((item) => el("li", {}, ticks ? `${own("printBox")} ` : null, item));
  const list = items.length > 0 ? el(block.kind === "steps" ? "ol" : "ul", { class: block.kind }, ...items) : null;
  return el("div", {}, block.title ? el("h2", {}, block.title) : null, ...(block.text ? lines(block.text) : []), list);
}

function lines(text: string): HTMLElement[] {
  return text.split("\n").filter((line) => line.trim()).map((line) => el("p", {}, line.trim()));
}

function source(one: Source): HTMLElement {
  const { title, code, decision, validity_text: validity } = one;
  return el("p", { class: "source" }, own("printSource", { title, code, decision, validity }).replace(/\s+/g, " ").trim());
}

/** The size of the page is a rule put into the page's own style sheet: its policy allows no other, and browsers do not
    heed @page in a sheet that a script made. */
export class Press {
  private rule: CSSRule | null = null;

  constructor(private readonly box: HTMLElement) {}

  /** Lays out and prints; a slip is as long as what stands on it. */
  print(paper: Paper, what: Printed): void {
    this.lay(paper, what);
    window.print();
  }

  lay(paper: Paper, what: Printed): void {
    this.box.dataset.paper = paper;
    this.box.replaceChildren(...sheet(what).filter((one): one is Node | string => Boolean(one)));
    this.box.hidden = false;
    this.size(paper === "a4" ? "size: A4; margin: 18mm" : this.slip());
  }

  private size(text: string): void {
    const sheet = document.styleSheets[0];
    if (!sheet) return;
    const old = [...sheet.cssRules].findIndex((one) => one === this.rule);
    if (old >= 0) sheet.deleteRule(old);
    this.rule = text ? (sheet.cssRules[sheet.insertRule(`@page { ${text} }`, sheet.cssRules.length)] ?? null) : null;
  }

  private slip(): string {
    const height = Math.ceil(this.box.scrollHeight * MM_PER_PX) + 2 * MARGIN_MM + 4;
    return `size: ${SLIP_WIDTH_MM}mm ${Math.max(height, 60)}mm; margin: ${MARGIN_MM}mm`;
  }

  clear(): void {
    this.box.hidden = true;
    this.box.replaceChildren();
    this.size("");
  }
}
