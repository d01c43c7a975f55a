/** How the data's time relates to the reader's, and how fast messages come. */
import type { Aggregate } from "./contract";

/** Data that ends longer ago than this is not "now". */
export const STALE_MS = 3 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** Windows that the rate is averaged over. */
const RATE_WINDOWS = 5;

export type Liveness =
  | { readonly kind: "empty" }
  | { readonly kind: "now"; readonly at: Date }
  /** The newest message is from today but some time ago. */
  | { readonly kind: "quiet"; readonly at: Date; readonly ageMs: number }
  /** Another day altogether: an import or a replayed export. */
  | { readonly kind: "replay"; readonly at: Date };

/** What `liveAt`, the newest window's end, says at the wall clock's `now` (ms since 1970). */
export function liveness(liveAt: string | null, now: number): Liveness {
  if (liveAt === null) return { kind: "empty" };
  const at = new Date(liveAt);
  const ageMs = now - at.getTime();
  if (Math.abs(ageMs) <= STALE_MS) return { kind: "now", at };
  return ageMs > 0 && ageMs < DAY_MS ? { kind: "quiet", at, ageMs } : { kind: "replay", at };
}

/**
 * Messages per minute over the last closed windows, those without messages included. The newest
 * window is still filling and counts only when it is the only one. Null without windows.
 */
export function ratePerMinute(trend: readonly Aggregate[], windowSeconds: number): number | null {
  const newest = trend.at(-1);
  if (newest === undefined) return null;
  const windowMs = windowSeconds * 1000;
  const end = Date.parse(newest.window_start);
  const closed = trend.filter((window) => {
    const start = Date.parse(window.window_start);
    return start < end && start >= end - RATE_WINDOWS * windowMs;
  });
  const first = closed[0];
  if (first === undefined) return (newest.message_count * 60) / windowSeconds;
  const messages = closed.reduce((sum, window) => sum + window.message_count, 0);
  return (messages * 60_000) / (end - Date.parse(first.window_start));
}
