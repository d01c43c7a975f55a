import { expect, test } from "vitest";
import { axisBound, leaning, sentimentColor, shares } from "./sentiment";
import { aggregate, unscored } from "./testing/samples";

test("colours go from one pole through neutral to the other", () => {
  expect(sentimentColor(-1)).toBe("color-mix(in oklab, var(--negative) 100%, var(--neutral))");
  expect(sentimentColor(0)).toBe("color-mix(in oklab, var(--positive) 0%, var(--neutral))");
  expect(sentimentColor(0.5)).toBe(sentimentColor(1));
  expect(sentimentColor(null)).toBe("var(--unscored)");
});

test("sentiment in words", () => {
  expect([null, 0.01, -0.1, 0.3, -0.9].map(leaning)).toEqual([
    "nothing scored yet",
    "in balance",
    "slightly negative",
    "positive",
    "strongly negative",
  ]);
});

test("shares are of the scored messages and add up", () => {
  expect(shares(aggregate()).map(({ share }) => share)).toEqual([0.2, 0.3, 0.5]);
  expect(shares(unscored()).map(({ share }) => share)).toEqual([0, 0, 0]);
  expect(shares(null).map(({ count }) => count)).toEqual([0, 0, 0]);
});

test("an axis is as long as its values need", () => {
  expect(axisBound([])).toBe(0.25);
  expect(axisBound([0.1, null, -0.3])).toBe(0.5);
  expect(axisBound([-1])).toBe(1);
});
