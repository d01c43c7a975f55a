import { describe, expect, test } from "vitest";
import tokens from "./tokens.css?raw";

/** Text and the surface below it; WCAG AA asks for 4.5. */
const PAIRS = [
  ["ink", "surface"],
  ["ink", "ground"],
  ["muted", "surface"],
  ["muted", "hairline"],
  ["churn", "surface"],
  ["churn", "churn-wash"],
  ["on-notice", "notice"],
  ["on-negative", "negative"],
  ["on-neutral", "neutral"],
  ["on-positive", "positive"],
] as const;

function colors(selector: string): Map<string, string> {
  const start = tokens.indexOf(`${selector} {`);
  expect(start, selector).toBeGreaterThanOrEqual(0);
  const block = tokens.slice(start, tokens.indexOf("}", start));
  const declarations = block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g);
  return new Map(Array.from(declarations, ([, name = "", value = ""]) => [name, value]));
}

/** Relative luminance as WCAG 2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

const THEMES = [
  ["light", ":root"],
  ["dark by the system", ':root:not([data-theme="light"])'],
  ["dark by choice", ':root[data-theme="dark"]'],
] as const;

describe.each(THEMES)("%s", (_, selector) => {
  const palette = colors(selector);
  test.each(PAIRS)("%s is readable on %s", (text, surface) => {
    expect(contrast(palette.get(text) ?? "", palette.get(surface) ?? "")).toBeGreaterThan(4.5);
  });
});

test("both dark themes are the same", () => {
  expect(colors(THEMES[2][1])).toEqual(colors(THEMES[1][1]));
});
