import { describe, expect, test } from "vitest";
import * as format from "./format";

describe("numbers", () => {
  test.each([
    [0, "0.00"],
    [-0.001, "0.00"],
    [0.214, "+0.21"],
    [-0.4, "−0.40"],
    [1, "+1.00"],
    [null, "–"],
  ])("sentiment %s is %s", (value, text) => {
    expect(format.signed(value)).toBe(text);
  });

  test.each([
    [0, "0%"],
    [0.0004, "0.0%"],
    [0.041, "4.1%"],
    [0.0996, "10%"],
    [0.384, "38%"],
    [1, "100%"],
    [null, "–"],
  ])("share %s is %s", (share, text) => {
    expect(format.percent(share)).toBe(text);
  });

  test("counts are grouped and, where room is short, rounded", () => {
    expect(format.count(1234567)).toBe("1,234,567");
    expect(format.compactCount(12480)).toBe("12,480");
    expect(format.compactCount(1234567)).toBe("1.23m");
  });

  test("small rates keep a digit", () => {
    expect([0.25, 9.96, 83.4, null].map(format.rate)).toEqual(["0.3", "10", "83", "–"]);
  });

  test("one is singular", () => {
    expect(format.plural(1, "message")).toBe("1 message");
    expect(format.plural(2000, "message")).toBe("2,000 messages");
  });
});

describe("times", () => {
  const time = new Date("2015-03-12T14:05:09Z");

  test("a moment names its day only when that is another one", () => {
    expect(format.moment(time, new Date("2015-03-12T23:00:00Z"))).toBe("14:05:09");
    expect(format.moment(time, new Date("2015-03-13T01:00:00Z"))).toBe("12 Mar 2015, 14:05");
  });

  test("days are written out", () => {
    expect(format.dayAndClock(time)).toBe("12 March 2015, 14:05");
  });

  test.each([
    [1_000, "1 minute"],
    [4 * 60_000, "4 minutes"],
    [3 * 3_600_000, "3 hours"],
    [49 * 3_600_000, "2 days"],
  ])("%s ms are %s", (milliseconds, text) => {
    expect(format.span(milliseconds)).toBe(text);
  });
});

test("a key becomes a heading by its first character, whatever that is", () => {
  expect(["app", "émile", "𝒶b", "店", ""].map(format.titled)).toEqual([
    "App",
    "Émile",
    "𝒶b",
    "店",
    "",
  ]);
});
