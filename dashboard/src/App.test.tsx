import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { App } from "./App";
import { Feed } from "./feed/feed";
import { FakeSocket } from "./testing/FakeSocket";
import { aggregate, message, metrics, NOTHING, snapshot } from "./testing/samples";

const PANELS = ["sentiment", "geo", "products", "channels", "emotions", "trend"];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-03-12T12:01:00Z") });
  FakeSocket.install();
  window.history.replaceState(null, "", "/");
});

function show(initial = snapshot()): void {
  render(<App feed={new Feed("1h")} />);
  act(() => {
    FakeSocket.newest.receive({ event: "metrics:initial", data: initial, seq: 0 });
    vi.advanceTimersByTime(1000);
  });
}

describe("before anything has come", () => {
  test("every panel and list is there and waits", () => {
    show(NOTHING);
    for (const panel of PANELS) expect(screen.getByTestId(`panel-${panel}`)).toBeTruthy();
    expect(screen.getAllByText("Waiting for the first message…")).toHaveLength(6);
    expect(screen.getByTestId("total-messages").dataset.value).toBe("0");
    expect(within(screen.getByTestId("list-messages")).queryAllByRole("listitem")).toEqual([]);
    expect(screen.getByRole("status").textContent).toBe("Connected");
  });
});

describe("with messages", () => {
  test("the panels show the range's figures", () => {
    show(snapshot({ overall: aggregate({ message_count: 12480 }) }));
    const total = screen.getByTestId("total-messages");
    expect(total.dataset.value).toBe("12480");
    expect(total.textContent).toBe("12,480");
    expect(screen.getByRole("status").textContent).toBe("Live");
    expect(screen.queryByText("Waiting for the first message…")).toBeNull();
    const cities = screen.getByRole("table", { name: "Cities by messages" });
    expect(within(cities).getByRole("rowheader", { name: "Leeds" })).toBeTruthy();
  });

  test("updates and new messages are shown", () => {
    show();
    act(() => {
      FakeSocket.newest.receive({
        event: "metrics:update",
        data: metrics({ overall: aggregate({ message_count: 11 }) }),
        seq: 1,
      });
      FakeSocket.newest.receive({ event: "message:new", data: message("m2"), seq: 2 });
      vi.advanceTimersByTime(1000);
    });
    expect(screen.getByTestId("total-messages").dataset.value).toBe("11");
    const [first] = within(screen.getByTestId("list-messages")).getAllByRole("listitem");
    expect(first?.textContent).toContain("text of m2");
  });

  test("a city without messages yet is not an error", () => {
    show(snapshot({ geo: [] }));
    expect(screen.getByText("No message names a city yet.")).toBeTruthy();
  });

  test("channels can be divided by platform instead", () => {
    show();
    fireEvent.click(screen.getByRole("radio", { name: "Platforms" }));
    const table = screen.getByRole("table", { name: "Platforms by messages" });
    expect(within(table).getByRole("rowheader", { name: "twitter" })).toBeTruthy();
  });
});

describe("time", () => {
  test("a replayed export is said to be one", () => {
    show(snapshot({ live_at: "2015-03-12T14:05:00Z" }));
    expect(screen.getByRole("note").textContent).toBe(
      "Showing 12 March 2015, 14:05 — a replay, not now.",
    );
    expect(screen.getByRole("status").textContent).toBe("Replay");
  });

  test("a page that nothing comes to any more says so by itself", () => {
    show();
    expect(screen.queryByRole("note")).toBeNull();
    act(() => vi.advanceTimersByTime(600_000));
    expect(screen.getByRole("note").textContent).toContain("10 minutes ago");
  });
});

describe("the reader's part", () => {
  test("the range is asked for anew and kept in the address", () => {
    show();
    fireEvent.click(screen.getByRole("radio", { name: "24 h" }));
    expect(FakeSocket.newest.url).toContain("range=24h");
    expect(window.location.search).toBe("?range=24h");
    expect(screen.getByRole("main").getAttribute("aria-busy")).toBe("true");
  });

  test("the trend is read out by arrow keys", () => {
    const trend = [
      aggregate({}, -1),
      aggregate({ message_count: 7, sentiment_avg: -0.3, high_churn_count: 2 }, 0),
    ];
    show(snapshot({ trend }));
    const slider = screen.getByRole("slider");
    fireEvent.keyDown(slider, { key: "ArrowLeft" });
    expect(slider.getAttribute("aria-valuetext")).toBe(
      "12:00 to 12:01: 7 messages, sentiment −0.30, 2 at high churn risk",
    );
    fireEvent.keyDown(slider, { key: "Home" });
    expect(slider.getAttribute("aria-valuenow")).toBe("1");
    fireEvent.keyDown(slider, { key: "Escape" });
    expect(slider.getAttribute("aria-valuenow")).toBe("2");
  });

  test("a lost connection is told, with the time to the next attempt", () => {
    show();
    act(() => {
      FakeSocket.newest.drop();
      vi.advanceTimersByTime(150);
    });
    expect(screen.getByRole("status").textContent).toBe("Connection lost");
    expect(screen.getByText("retrying in 1 s")).toBeTruthy();
  });
});
