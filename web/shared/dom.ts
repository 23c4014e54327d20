/** Building DOM from text. There is no way here to pass markup: strings become text nodes. */

export type Child = Node | string | null | false;

type Attributes = Record<string, string | boolean>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return made;
}

const ICONS = {
  thumb: "M2 10h4v11H2zM8 10l4-8h1a2 2 0 0 1 2 2v5h5a2 2 0 0 1 2 2.3l-1.5 8A2 2 0 0 1 18.5 21H8z",
  copy: "M16 1H4a2 2 0 0 0-2 2v14h2V3h12zm3 4H8a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2zm0 16H8V7h11z",
  out: "M19 19H5V5h7V3H5a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2v-7h-2zM14 3v2h3.600l-9.8 9.8 1.4 1.400L19 6.400V10h2V3z",
  retry: "M17.6 6.400A8 8 0 1 0 19.7 14h-2.100A6 6 0 1 1 16.2 7.800L13 11h7V4z",
} as const;

export type IconName = keyof typeof ICONS;

/** A decorative drawing: the words beside it carry the meaning. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

const SAFE_LINK = /^(https?:|tel:|mailto:)/i;

/** The address if a person may be sent there, else empty: never a script or data address. */
export function safeUrl(url: string): string {
  return SAFE_LINK.test(url.trim()) ? url.trim() : "";
}

/** A link that opens beside the chat, so the conversation is not lost; phone links stay. */
export function link(url: string, label: string, newTab: string, look = ""): HTMLAnchorElement {
  const leaves = /^https?:/i.test(url);
  const attributes: Attributes = { href: url, class: look, rel: "noopener" };
  if (!look) delete attributes.class;
  if (!leaves) return el("a", attributes, label);
  return el("a", { ...attributes, target: "_blank" }, label, " ", icon("out"), el("span", { class: "sr" }, newTab));
}

const URL_IN_TEXT = /(https?:\/\/[^\s<>"'()]*[^\s<>"'().,;:!?])/;

/** Text with its web addresses made into links. */
export function linked(text: string, newTab: string): Child[] {
  const pieces = text.split(URL_IN_TEXT).filter(Boolean);
  return pieces.map((piece) => (URL_IN_TEXT.test(piece) ? link(piece, piece, newTab) : piece));
}
