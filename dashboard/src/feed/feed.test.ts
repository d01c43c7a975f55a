import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Frame } from "../contract";
import { FakeSocket } from "../testing/FakeSocket";
import { message, snapshot } from "../testing/samples";
import { Feed, rangeOf, socketUrl } from "./feed";

const INITIAL: Frame = { event: "metrics:initial", data: snapshot(), seq: 0 };

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.install();
});

describe("addresses", () => {
  test.each([
    ["http://127.0.0.1:8000/", "ws://127.0.0.1:8000/ws?range=1h"],
    ["https://example.org/?range=24h", "wss://example.org/ws?range=1h"],
    ["https://example.org/mood/index.html", "wss://example.org/mood/ws?range=1h"],
  ])("the socket of %s is %s", (page, socket) => {
    expect(socketUrl(page, "1h")).toBe(socket);
  });

  test("the range comes from the address, or is an hour", () => {
    expect(rangeOf("?range=24h")).toBe("24h");
    expect(rangeOf("?range=forever")).toBe("1h");
    expect(rangeOf("")).toBe("1h");
  });
});

test("the feed connects while somebody listens", () => {
  const feed = new Feed("15m");
  expect(FakeSocket.all).toHaveLength(0);
  const stop = feed.subscribe(() => undefined);
  expect(FakeSocket.newest.url).toContain("range=15m");
  stop();
  expect(FakeSocket.newest.closed).toBe(true);
});

test("many frames are few redraws, and the last one is shown", () => {
  const feed = new Feed("1h");
  const redraw = vi.fn();
  feed.subscribe(redraw);
  FakeSocket.newest.receive(INITIAL);
  vi.advanceTimersByTime(1000);
  redraw.mockClear();
  for (let seq = 1; seq <= 50; seq += 1) {
    FakeSocket.newest.receive({ event: "message:new", data: message(`m${seq}`), seq });
  }
  expect(redraw).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(redraw).toHaveBeenCalledTimes(2);
  expect(feed.view().messages[0]?.message_id).toBe("m50");
});

test("another range is another connection, and the old figures stay until it answers", () => {
  const feed = new Feed("1h");
  feed.subscribe(() => undefined);
  const first = FakeSocket.newest;
  first.receive(INITIAL);
  feed.setRange("24h");
  vi.advanceTimersByTime(1000);
  expect(first.closed).toBe(true);
  expect(FakeSocket.newest.url).toContain("range=24h");
  expect(feed.view().range).toBe("24h");
  expect(feed.view().metrics?.range).toBe("1h");
  FakeSocket.newest.receive({ ...INITIAL, data: snapshot({ range: "24h" }) } as Frame);
  vi.advanceTimersByTime(1000);
  expect(feed.view().metrics?.range).toBe("24h");
});

test("a browser that is back online reconnects at once", () => {
  const feed = new Feed("1h");
  feed.subscribe(() => undefined);
  FakeSocket.newest.receive(INITIAL);
  FakeSocket.newest.drop();
  window.dispatchEvent(new Event("online"));
  expect(FakeSocket.all).toHaveLength(2);
});
