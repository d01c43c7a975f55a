/** Small valid samples of the contract for tests. */
import type { Aggregate, ChurnAlert, Metrics, ProcessedMessage, Snapshot } from "../contract";

const NOON = Date.parse("2026-03-12T12:00:00Z");
const MINUTE_MS = 60_000;

/** An aggregate of the window that starts `minute` minutes after noon. */
export function aggregate(change: Partial<Aggregate> = {}, minute = 0): Aggregate {
  const start = NOON + minute * MINUTE_MS;
  return {
    dimension: "overall",
    key: "all",
    window_start: new Date(start).toISOString(),
    window_end: new Date(start + MINUTE_MS).toISOString(),
    message_count: 10,
    unsupported_count: 0,
    sentiment_avg: 0.2,
    sentiment_counts: { negative: 2, neutral: 3, positive: 5 },
    churn_risk_avg: 0.1,
    high_churn_count: 0,
    toxicity_avg: 0.04,
    emotion_counts: {
      anger: 1,
      disgust: 0,
      fear: 0,
      joy: 5,
      neutral: 3,
      sadness: 1,
      surprise: 0,
    },
    revision: 1,
    final: false,
    updated_at: new Date(start + MINUTE_MS).toISOString(),
    ...change,
  };
}

/** An aggregate of nothing scored. */
export function unscored(change: Partial<Aggregate> = {}, minute = 0): Aggregate {
  return aggregate(
    {
      unsupported_count: 10,
      sentiment_avg: null,
      sentiment_counts: { negative: 0, neutral: 0, positive: 0 },
      churn_risk_avg: null,
      toxicity_avg: null,
      emotion_counts: {},
      ...change,
    },
    minute,
  );
}

export function message(id: string, change: Partial<ProcessedMessage> = {}): ProcessedMessage {
  return {
    message_id: id,
    source: "synthetic",
    platform: "twitter",
    text: `text of ${id}`,
    created_at: new Date(NOON).toISOString(),
    processed_at: new Date(NOON).toISOString(),
    city: "Leeds",
    product: "Tide",
    channel: "app",
    analysis: {
      sentiment_score: 0.42,
      sentiment_label: "positive",
      sentiment_confidence: 0.8,
      emotion: "joy",
      emotion_scores: { joy: 1 },
      toxicity: 0.01,
      churn_risk: 0.1,
      churn_signals: [],
      language_supported: true,
      model: { name: "sample", version: "1", tier: "fast" },
    },
    ...change,
  };
}

export function alert(id: string, change: Partial<ChurnAlert> = {}): ChurnAlert {
  return {
    message_id: id,
    text: "Cancelling my contract today",
    churn_risk: 0.83,
    churn_signals: ["cancelling my contract"],
    platform: "reddit",
    created_at: new Date(NOON).toISOString(),
    product: "Tide",
    ...change,
  };
}

export function metrics(change: Partial<Metrics> = {}): Metrics {
  const newest = aggregate();
  return {
    range: "1h",
    live_at: newest.window_end,
    window_seconds: 60,
    newest,
    overall: newest,
    geo: [aggregate({ dimension: "geo", key: "Leeds" })],
    product: [aggregate({ dimension: "product", key: "Tide" })],
    channel: [aggregate({ dimension: "channel", key: "app" })],
    platform: [aggregate({ dimension: "platform", key: "twitter" })],
    trend: [newest],
    ...change,
  };
}

export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return { ...metrics(), messages: [message("m1")], alerts: [alert("a1")], ...change };
}

/** What the gateway sends before any message has come. */
export const NOTHING: Snapshot = {
  range: "1h",
  live_at: null,
  window_seconds: 60,
  newest: null,
  overall: null,
  geo: [],
  product: [],
  channel: [],
  platform: [],
  trend: [],
  messages: [],
  alerts: [],
};
