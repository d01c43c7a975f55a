/** Windows side by side for the trend: neighbours merged where there are too many to draw. */
import { rollups } from "d3-array";
import type { Aggregate } from "../contract";

export interface Bin {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly messages: number;
  /** Average over the scored messages, −1..1; null where there are none. */
  readonly sentiment: number | null;
  readonly highChurn: number;
}

const FACTORS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480];

/**
 * At most about `most` bins, oldest first, for windows of `windowSeconds`. A bin spans a whole
 * number of windows and is aligned to 1970, so that bins stay put as time moves on.
 */
export function bins(windows: readonly Aggregate[], windowSeconds: number, most: number): Bin[] {
  const first = windows[0];
  const last = windows.at(-1);
  if (first === undefined || last === undefined) return [];
  const windowMs = windowSeconds * 1000;
  const span = Date.parse(last.window_end) - Date.parse(first.window_start);
  const factor = FACTORS.find((candidate) => span / (windowMs * candidate) <= most);
  const binMs = windowMs * (factor ?? Math.ceil(span / windowMs / most));
  return rollups(
    windows,
    (members) => merge(members, binMs),
    (window) => Math.floor(Date.parse(window.window_start) / binMs),
  )
    .map(([, bin]) => bin)
    .sort((a, b) => a.start - b.start);
}

function merge(windows: readonly Aggregate[], binMs: number): Bin {
  let messages = 0;
  let scored = 0;
  let sum = 0;
  let highChurn = 0;
  for (const window of windows) {
    const scoredHere = window.message_count - window.unsupported_count;
    messages += window.message_count;
    scored += scoredHere;
    sum += (window.sentiment_avg ?? 0) * scoredHere;
    highChurn += window.high_churn_count;
  }
  const start = Math.floor(Date.parse(windows[0]?.window_start ?? "") / binMs) * binMs;
  return {
    start,
    end: start + binMs,
    messages,
    sentiment: scored === 0 ? null : sum / scored,
    highChurn,
  };
}

/** The bins in runs without a hole in time, and without one where nothing was scored. */
export function runs(all: readonly Bin[]): Bin[][] {
  const result: Bin[][] = [];
  let previous: Bin | undefined;
  for (const bin of all) {
    if (bin.sentiment === null) {
      previous = undefined;
      continue;
    }
    const run = result.at(-1);
    if (run !== undefined && previous !== undefined && previous.end === bin.start) run.push(bin);
    else result.push([bin]);
    previous = bin;
  }
  return result;
}
