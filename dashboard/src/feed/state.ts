/** What the page knows, folded from the frames of one or more connections. */
import type { ChurnAlert, Frame, Metrics, ProcessedMessage } from "../contract";

export const MESSAGES_KEPT = 60;
export const ALERTS_KEPT = 40;

export interface FeedState {
  /** Null until the first snapshot. */
  readonly metrics: Metrics | null;
  /** Newest first, at most MESSAGES_KEPT. */
  readonly messages: readonly ProcessedMessage[];
  /** Newest first, at most ALERTS_KEPT. */
  readonly alerts: readonly ChurnAlert[];
  /** Sequence number of the connection's last frame. */
  readonly seq: number | null;
  /** Frames of this connection that never came, by their sequence numbers. */
  readonly skipped: number;
}

export const EMPTY: FeedState = { metrics: null, messages: [], alerts: [], seq: null, skipped: 0 };

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
      return { ...next, messages: put(state.messages, frame.data, MESSAGES_KEPT) };
    case "alert:churn":
      return { ...next, alerts: put(state.alerts, frame.data, ALERTS_KEPT) };
  }
}

/** A message that came before was edited: its newest text takes the old one's place. */
function put<T extends { message_id: string }>(list: readonly T[], one: T, kept: number): T[] {
  const at = list.findIndex((other) => other.message_id === one.message_id);
  return at === -1 ? [one, ...list].slice(0, kept) : list.with(at, one);
}
