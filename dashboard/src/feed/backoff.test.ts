import { expect, test } from "vitest";
import { backoffMs } from "./backoff";

test("delays double up to fifteen seconds", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 60].map((attempt) => backoffMs(attempt, () => 1));
  expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
});

test("half of a delay is random", () => {
  expect(backoffMs(3, () => 0)).toBe(2000);
  expect(backoffMs(3, () => 0.5)).toBe(3000);
});
