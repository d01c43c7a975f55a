import { describe, expect, test } from "vitest";
import { liveness, ratePerMinute } from "./live";
import { aggregate } from "./testing/samples";

const NOW = Date.parse("2026-03-12T12:00:00Z");

describe("liveness", () => {
  test.each([
    [null, "empty"],
    ["2026-03-12T12:00:30Z", "now"],
    ["2026-03-12T11:57:30Z", "now"],
    ["2026-03-12T11:50:00Z", "quiet"],
    ["2015-03-12T12:00:00Z", "replay"],
    ["2031-03-12T12:00:00Z", "replay"],
  ])("data up to %s is %s", (liveAt, kind) => {
    expect(liveness(liveAt, NOW).kind).toBe(kind);
  });
});

describe("messages per minute", () => {
  const windows = (...counts: [minute: number, messages: number][]) =>
    counts.map(([minute, message_count]) => aggregate({ message_count }, minute));

  test("nothing has no rate", () => {
    expect(ratePerMinute([], 60)).toBeNull();
  });

  test("a first window counts although it is still open", () => {
    expect(ratePerMinute(windows([0, 30]), 60)).toBe(30);
    expect(ratePerMinute(windows([0, 30]), 120)).toBe(15);
  });

  test("the open window is left out", () => {
    expect(ratePerMinute(windows([0, 30], [1, 50], [2, 1]), 60)).toBe(40);
  });

  test("windows without messages count as minutes", () => {
    expect(ratePerMinute(windows([0, 30], [3, 1]), 60)).toBe(10);
  });

  test("only the last five closed windows count", () => {
    const trend = windows([0, 9000], [1, 10], [2, 10], [3, 10], [4, 10], [5, 10], [6, 1]);
    expect(ratePerMinute(trend, 60)).toBe(10);
  });
});
