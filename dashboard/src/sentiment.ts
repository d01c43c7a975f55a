/** What sentiment looks like and is called, everywhere on the page. */
import { max } from "d3-array";
import { scaleSqrt } from "d3-scale";
import type { Aggregate, Analysis } from "./contract";

export type Label = Analysis["sentiment_label"];
export const LABELS: readonly Label[] = ["negative", "neutral", "positive"];

/** Averages are mostly small: the root tells them apart, and beyond ±0.5 the colour is full. */
const strength = scaleSqrt().domain([0, 0.5]).range([0, 100]).clamp(true);

const BOUNDS = [0.25, 0.5, 0.75, 1];

/** The end of a symmetric axis that holds all of these sentiments: 0.25, 0.5, 0.75 or 1. */
export function axisBound(values: readonly (number | null)[]): number {
  const extreme = max(values, (value) => Math.abs(value ?? 0)) ?? 0;
  return BOUNDS.find((bound) => extreme <= bound) ?? 1;
}

/**
 * The CSS colour of a sentiment, −1..1: orange through grey to teal, which colour-blind readers
 * tell apart. The poles are variables, so that a theme can change without a redraw.
 */
export function sentimentColor(value: number | null): string {
  if (value === null) return "var(--unscored)";
  const pole = value < 0 ? "var(--negative)" : "var(--positive)";
  return `color-mix(in oklab, ${pole} ${Math.round(strength(Math.abs(value)))}%, var(--neutral))`;
}

/** A sentiment in words. */
export function leaning(value: number | null): string {
  if (value === null) return "nothing scored yet";
  const size = Math.abs(value);
  if (size < 0.05) return "in balance";
  const direction = value < 0 ? "negative" : "positive";
  if (size < 0.2) return `slightly ${direction}`;
  return size < 0.5 ? direction : `strongly ${direction}`;
}

export interface Share {
  readonly label: Label;
  readonly count: number;
  /** 0..1; 0 where nothing was scored. */
  readonly share: number;
}

/** How an aggregate's scored messages divide into negative, neutral and positive. */
export function shares(aggregate: Aggregate | null): Share[] {
  const counts = LABELS.map((label) => aggregate?.sentiment_counts[label] ?? 0);
  const scored = counts.reduce((sum, value) => sum + value, 0);
  return LABELS.map((label, index) => {
    const count = counts[index] ?? 0;
    return { label, count, share: scored === 0 ? 0 : count / scored };
  });
}
