import { describe, expect, test } from "vitest";
import { aggregate, unscored } from "../testing/samples";
import { bins, runs } from "./bins";

const minutes = (...starts: number[]) => starts.map((minute) => aggregate({}, minute));

describe("bins", () => {
  test("few windows are bins themselves", () => {
    const [first, second] = bins(minutes(0, 1), 60, 60);
    expect(first).toEqual({
      start: Date.parse("2026-03-12T12:00:00Z"),
      end: Date.parse("2026-03-12T12:01:00Z"),
      messages: 10,
      sentiment: 0.2,
      highChurn: 0,
    });
    expect(second?.start).toBe(first?.end);
  });

  test("many windows are merged and nothing is lost", () => {
    const windows = minutes(...Array.from({ length: 1440 }, (_, minute) => minute));
    const merged = bins(windows, 60, 60);
    expect(merged.length).toBeLessThanOrEqual(61);
    expect(merged.reduce((sum, bin) => sum + bin.messages, 0)).toBe(14400);
    for (const bin of merged) expect(bin.sentiment).toBeCloseTo(0.2);
  });

  test("a merged average weighs windows by their scored messages", () => {
    const windows = [
      aggregate({ sentiment_avg: 1, message_count: 40, unsupported_count: 10 }, 0),
      aggregate({ sentiment_avg: -1, message_count: 10 }, 1),
      unscored({ high_churn_count: 2 }, 2),
    ];
    expect(bins(windows, 60, 1)).toMatchObject([{ messages: 60, sentiment: 0.5, highChurn: 2 }]);
  });

  test("bins stay put as windows come and go", () => {
    const starts = (windows: number[]) => bins(minutes(...windows), 60, 10).map((bin) => bin.start);
    const before = starts([0, 5, 10, 15, 20, 25]);
    const after = starts([5, 10, 15, 20, 25, 30]);
    expect(after.filter((start) => !before.includes(start))).toHaveLength(1);
  });

  test("no windows are no bins", () => {
    expect(bins([], 60, 10)).toEqual([]);
  });
});

describe("runs", () => {
  test("a hole in time and an unscored window end a run", () => {
    const all = bins([...minutes(0, 1), ...minutes(4, 5), unscored({}, 6), ...minutes(7)], 60, 60);
    expect(runs(all).map((run) => run.length)).toEqual([2, 2, 1]);
  });
});
