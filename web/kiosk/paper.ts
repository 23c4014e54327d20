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

/** Lays what is printed out on its paper. Both sizes are pages in kiosk.css; a slip is cut to what stands on it. */
export class Press {
  constructor(private readonly box: HTMLElement) {}

  print(paper: Paper, what: Printed): void {
    this.lay(paper, what);
    window.print();
  }

  lay(paper: Paper, what: Printed): void {
    this.box.dataset.paper = paper;
    this.box.replaceChildren(...sheet(what).filter((one): one is Node | string => Boolean(one)));
    this.box.hidden = false;
    const height = Math.ceil(this.box.scrollHeight * MM_PER_PX) + 2 * MARGIN_MM + 4;
    if (paper === "thermal") slip()?.style.setProperty("size", `${SLIP_WIDTH_MM}mm ${Math.max(height, 60)}mm`);
  }

  clear(): void {
    this.box.hidden = true;
    this.box.replaceChildren();
  }
}

/** The rule of the slip's page. Its size is set through the rule: the page's policy allows no style of a script's own. */
function slip(): CSSPageRule | undefined {
  const rules = [...document.styleSheets].flatMap((one) => [...one.cssRules]);
  return rules.find((one): one is CSSPageRule => one instanceof CSSPageRule && one.selectorText === "slip");
}
