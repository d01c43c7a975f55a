import type { Aggregate, Analysis } from "../contract";
import type { Label } from "../sentiment";

export type Emotion = Analysis["emotion"];

/** Which way an emotion points, for its colour. */
export const VALENCE: Readonly<Record<Emotion, Label>> = {
  anger: "negative",
  disgust: "negative",
  fear: "negative",
  joy: "positive",
  neutral: "neutral",
  sadness: "negative",
  surprise: "neutral",
};
export const EMOTIONS = Object.keys(VALENCE) as Emotion[];

export interface EmotionShare {
  readonly emotion: Emotion;
  readonly count: number;
  /** 0..1; 0 where nothing was scored. */
  readonly share: number;
}

/** All seven emotions, the most frequent first; equally frequent ones by name. */
export function emotionShares(aggregate: Aggregate | null): EmotionShare[] {
  const counts = EMOTIONS.map((emotion) => ({
    emotion,
    count: aggregate?.emotion_counts[emotion] ?? 0,
  }));
  const scored = counts.reduce((sum, { count }) => sum + count, 0);
  return counts
    .map((one) => ({ ...one, share: scored === 0 ? 0 : one.count / scored }))
    .sort((a, b) => b.count - a.count || a.emotion.localeCompare(b.emotion));
}
