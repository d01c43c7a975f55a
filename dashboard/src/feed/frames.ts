/** Reading the gateway's WebSocket frames. */
import type { Frame } from "../contract";

export type Range = Frame extends infer F
  ? F extends { data: { range: infer R } }
    ? R
    : never
  : never;

export const RANGES: readonly Range[] = ["15m", "1h", "24h"];

const EVENTS: ReadonlySet<unknown> = new Set<Frame["event"]>([
  "metrics:initial",
  "metrics:update",
  "message:new",
  "alert:churn",
  "message:deleted",
]);

/**
 * The frame in a WebSocket text, or null when it is not one that this page knows: a newer gateway
 * may send more events, and they must not stop the page.
 */
export function parseFrame(text: string): Frame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { event, data, seq } = value as Record<string, unknown>;
  const isFrame =
    EVENTS.has(event) && typeof data === "object" && data !== null && Number.isInteger(seq);
  return isFrame ? (value as Frame) : null;
}
