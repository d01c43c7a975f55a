import type { ReactElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";

/** A chart's markup, an element a line, numbers to two digits: stable to compare. */
export function draw(chart: ReactElement): string {
  return renderToStaticMarkup(chart)
    .replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))
    .replaceAll("><", ">\n<");
}
