// Generated from api.schema.json by `npm run types`: do not edit.

/**
 * What the gateway sends over its WebSocket.
 */
export type Frame = InitialFrame | UpdateFrame | MessageFrame | AlertFrame | DeletedFrame;

/**
 * First frame of a connection.
 */
export interface InitialFrame {
  event: "metrics:initial";
  data: Snapshot;
  seq: number;
}
/**
 * What a WebSocket client gets first: the metrics, and the newest messages and alerts.
 */
export interface Snapshot {
  range: "15m" | "1h" | "24h";
  live_at: string | null;
  window_seconds: number;
  newest: Aggregate | null;
  overall: Aggregate | null;
  geo: Aggregate[];
  product: Aggregate[];
  channel: Aggregate[];
  platform: Aggregate[];
  trend: Aggregate[];
  messages: ProcessedMessage[];
  alerts: ChurnAlert[];
}
/**
 * A dimension's summary of one window, or of several merged.
 *
 * Averages are over the scored messages, ``message_count - unsupported_count``, and null where
 * there are none. A later ``revision`` of the same window replaces an earlier one; ``final`` says
 * that no more messages are expected, not that none can come.
 */
export interface Aggregate {
  dimension: "channel" | "geo" | "overall" | "platform" | "product";
  key: string;
  window_start: string;
  window_end: string;
  message_count: number;
  unsupported_count: number;
  sentiment_avg: number | null;
  sentiment_counts: {
    [k: string]: number;
  };
  churn_risk_avg: number | null;
  high_churn_count: number;
  toxicity_avg: number | null;
  emotion_counts: {
    [k: string]: number;
  };
  revision: number;
  final: boolean;
  updated_at: string;
}
/**
 * A message and its analysis.
 */
export interface ProcessedMessage {
  message_id: string;
  source: string;
  platform: string;
  text: string;
  created_at: string;
  schema_version?: 1;
  ingested_at?: string | null;
  author_id?: string | null;
  language?: string | null;
  city?: string | null;
  country?: string | null;
  product?: string | null;
  channel?: string | null;
  url?: string | null;
  analysis: Analysis;
  processed_at: string;
  [k: string]: unknown;
}
/**
 * What the models say of one text.
 *
 * ``sentiment_score`` is P(positive) minus P(negative), -1..1; ``toxicity`` is P(offensive);
 * ``churn_risk`` a calibrated probability and ``churn_signals`` the words behind it. Where
 * ``language_supported`` is false the numbers are neutral placeholders and stay out of averages.
 */
export interface Analysis {
  sentiment_score: number;
  sentiment_label: "negative" | "neutral" | "positive";
  sentiment_confidence: number;
  emotion: "anger" | "disgust" | "fear" | "joy" | "neutral" | "sadness" | "surprise";
  emotion_scores: {
    [k: string]: number;
  };
  toxicity: number;
  churn_risk: number;
  churn_signals: string[];
  language_supported: boolean;
  model: Model;
}
/**
 * Which model answered: ``tier`` is fast or accurate.
 */
export interface Model {
  name: string;
  version: string;
  tier: string;
}
/**
 * A high-churn message and the words that made it one.
 */
export interface ChurnAlert {
  message_id: string;
  text: string;
  churn_risk: number;
  churn_signals: string[];
  platform: string;
  created_at: string;
  product?: string | null;
  city?: string | null;
  channel?: string | null;
}
/**
 * The metrics changed.
 */
export interface UpdateFrame {
  event: "metrics:update";
  data: Metrics;
  seq: number;
}
/**
 * All panels at once: the range's merged aggregates and overall's windows, oldest first.
 */
export interface Metrics {
  range: "15m" | "1h" | "24h";
  live_at: string | null;
  window_seconds: number;
  newest: Aggregate | null;
  overall: Aggregate | null;
  geo: Aggregate[];
  product: Aggregate[];
  channel: Aggregate[];
  platform: Aggregate[];
  trend: Aggregate[];
}
/**
 * A message was processed (a sample at high rates).
 */
export interface MessageFrame {
  event: "message:new";
  data: ProcessedMessage;
  seq: number;
}
/**
 * A high-churn message.
 */
export interface AlertFrame {
  event: "alert:churn";
  data: ChurnAlert;
  seq: number;
}
/**
 * A message was erased: who shows it or its alert shows it no longer.
 */
export interface DeletedFrame {
  event: "message:deleted";
  data: Erased;
  seq: number;
}
/**
 * A message that is no longer kept: what listeners are told, for they may still show it.
 */
export interface Erased {
  message_id: string;
}
