import { describe, expect, test } from "vitest";
import type { Frame } from "../contract";
import { alert, message, metrics, NOTHING, snapshot } from "../testing/samples";
import { ALERTS_KEPT, EMPTY, ERASED_KEPT, type FeedState, MESSAGES_KEPT, reduce } from "./state";

function folded(...frames: Frame[]): FeedState {
  return frames.reduce(reduce, EMPTY);
}

const initial = (seq = 0, data = snapshot()): Frame => ({ event: "metrics:initial", data, seq });
const update = (seq: number, data = metrics()): Frame => ({ event: "metrics:update", data, seq });
const newMessage = (seq: number, id: string, text?: string): Frame => ({
  event: "message:new",
  data: message(id, text === undefined ? {} : { text }),
  seq,
});
const deleted = (seq: number, message_id: string): Frame => ({
  event: "message:deleted",
  data: { message_id },
  seq,
});

describe("frames", () => {
  test("a snapshot gives metrics, messages and alerts", () => {
    const state = folded(initial());
    expect(state.metrics).toEqual(metrics());
    expect(state.messages.map((one) => one.message_id)).toEqual(["m1"]);
    expect(state.alerts.map((one) => one.message_id)).toEqual(["a1"]);
  });

  test("an update replaces the metrics and leaves the lists alone", () => {
    const changed = metrics({ range: "24h" });
    const state = folded(initial(), update(1, changed));
    expect(state.metrics).toEqual(changed);
    expect(state.messages).toHaveLength(1);
  });

  test("a new message comes first", () => {
    const state = folded(initial(), newMessage(1, "m2"));
    expect(state.messages.map((one) => one.message_id)).toEqual(["m2", "m1"]);
  });

  test("an edited message takes its old place", () => {
    const state = folded(initial(), newMessage(1, "m2"), newMessage(2, "m1", "edited"));
    expect(state.messages.map((one) => one.text)).toEqual(["text of m2", "edited"]);
  });

  test("an erased message is gone, and so is its alert", () => {
    const both = snapshot({ messages: [message("m2"), message("m1")], alerts: [alert("m1")] });
    const state = folded(initial(0, both), deleted(1, "m1"));
    expect(state.messages.map((one) => one.message_id)).toEqual(["m2"]);
    expect(state.alerts).toEqual([]);
    expect(state.erased).toEqual(["m1"]);
  });

  test("a message that comes again after it was erased is there", () => {
    const state = folded(initial(), deleted(1, "m1"), newMessage(2, "m1"));
    expect(state.messages.map((one) => one.message_id)).toEqual(["m1"]);
    expect(state.erased).toEqual([]);
  });

  test("no more is remembered of what was erased than lists can hold", () => {
    let state = folded(initial());
    for (let seq = 1; seq <= ERASED_KEPT + 5; seq++) state = reduce(state, deleted(seq, `m${seq}`));
    expect(state.erased).toHaveLength(ERASED_KEPT);
  });

  test("the lists are capped", () => {
    let state = folded(initial(0, NOTHING));
    for (let seq = 1; seq <= 200; seq += 2) {
      state = reduce(state, newMessage(seq, `m${seq}`));
      state = reduce(state, { event: "alert:churn", data: alert(`m${seq}`), seq: seq + 1 });
    }
    expect(state.messages).toHaveLength(MESSAGES_KEPT);
    expect(state.messages[0]?.message_id).toBe("m199");
    expect(state.alerts).toHaveLength(ALERTS_KEPT);
  });
});

describe("sequence numbers", () => {
  test("consecutive frames skip nothing", () => {
    expect(folded(initial(7), update(8), newMessage(9, "m2")).skipped).toBe(0);
  });

  test("a gap is counted", () => {
    expect(folded(initial(0), update(1), update(5), update(7)).skipped).toBe(4);
  });

  test("a new snapshot mends the gap, whatever its number", () => {
    expect(folded(initial(0), update(5), initial(90), update(91)).skipped).toBe(0);
  });

  test("a frame from before is not a gap", () => {
    expect(folded(initial(4), update(4)).skipped).toBe(0);
  });
});
