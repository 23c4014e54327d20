/** Drawings of the tiles; the words beside them carry the meaning. */

const PATHS: Record<string, string> = {
  baby: "M12 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8M5 21c0-4 3-7 7-7s7 3 7 7M10 7h.01M14 7h.01",
  rings: "M9 9a5.500 5.500 0 1 0 .01 0M15 9a5.500 5.500 0 1 0 .01 0M12 4l1.500 2h-3z",
  candle: "M12 2c2 2.500 2 4 0 5-2-1-2-2.500 0-5M9 9h6v12H9zM6 21h12",
  home: "M3 11l9-8 9 8M5 10v11h14V10M10 21v-6h4v6",
  card: "M3 5h18v14H3zM7 10a2 2 0 1 0 .01 0M5 16c.5-2 3.500-2 4 0M13 10h5M13 14h5",
  car: "M3 16v-4l3-6h12l3 6v4zM3 12h18M7 16a1.500 1.500 0 1 0 .01 0M17 16a1.500 1.500 0 1 0 .01 0",
  shop: "M4 10v11h16V10M3 10l2-6h14l2 6zM9 21v-6h6v6",
  hands: "M12 21l-7-7a4.500 4.500 0 0 1 7-6 4.500 4.500 0 0 1 7 6z",
  ask: "M4 4h16v12H9l-5 5z",
  report: "M4 21V4h12l-2 4 2 4H4",
};

const SPACE = "http://www.w3.org/2000/svg";

export function drawing(name: string): SVGSVGElement {
  const svg = document.createElementNS(SPACE, "svg");
  const path = document.createElementNS(SPACE, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.card ?? "");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "drawing");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}
