/** What the page knows, folded from the frames of one or more connections. */
import type { ChurnAlert, Frame, Metrics, ProcessedMessage } from "../contract";

export const MESSAGES_KEPT = 60;
export const ALERTS_KEPT = 40;
export const ERASED_KEPT = 1000;

export interface FeedState {
  /** Null until the first snapshot. */
  readonly metrics: Metrics | null;
  /** Newest first, at most MESSAGES_KEPT. */
  readonly messages: readonly ProcessedMessage[];
  /** Newest first, at most ALERTS_KEPT. */
  readonly alerts: readonly ChurnAlert[];
  /** Ids of messages that were erased, newest first: who holds a list still drops these. */
  readonly erased: readonly string[];
  /** Sequence number of the connection's last frame. */
  readonly seq: number | null;
  /** Frames of this connection that never came, by their sequence numbers. */
  readonly skipped: number;
}

export const EMPTY: FeedState = {
  metrics: null,
  messages: [],
  alerts: [],
  erased: [],
  seq: null,
  skipped: 0,
};

/**
 * The state after a frame. A snapshot replaces everything and starts the count anew; metrics are
 * absolute, so a gap in the sequence costs at most some messages and alerts of the lists.
 */
export function reduce(state: FeedState, frame: Frame): FeedState {
  if (frame.event === "metrics:initial") {
    const { messages, alerts, ...metrics } = frame.data;
    return {
      metrics,
      messages: messages.slice(0, MESSAGES_KEPT),
      alerts: alerts.slice(0, ALERTS_KEPT),
      erased: state.erased,
      seq: frame.seq,
      skipped: 0,
    };
  }
  const gap = state.seq === null ? 0 : Math.max(0, frame.seq - state.seq - 1);
  const next = { ...state, seq: frame.seq, skipped: state.skipped + gap };
  switch (frame.event) {
    case "metrics:update":
      return { ...next, metrics: frame.data };
    case "message:new":
      return {
        ...next,
        messages: put(state.messages, frame.data, MESSAGES_KEPT),
        erased: state.erased.filter((id) => id !== frame.data.message_id),
      };
    case "alert:churn":
      return {
        ...next,
        alerts: put(state.alerts, frame.data, ALERTS_KEPT),
        erased: state.erased.filter((id) => id !== frame.data.message_id),
      };
    case "message:deleted": {
      const { message_id } = frame.data;
      return {
        ...next,
        messages: without(state.messages, message_id),
        alerts: without(state.alerts, message_id),
        erased: [message_id, ...state.erased].slice(0, ERASED_KEPT),
      };
    }
  }
}

function without<T extends { message_id: string }>(list: readonly T[], id: string): readonly T[] {
  return list.filter((one) => one.message_id !== id);
}

/** A message that came before was edited: its newest text takes the old one's place. */
function put<T extends { message_id: string }>(list: readonly T[], one: T, kept: number): T[] {
  const at = list.findIndex((other) => other.message_id === one.message_id);
  return at === -1 ? [one, ...list].slice(0, kept) : list.with(at, one);
}
