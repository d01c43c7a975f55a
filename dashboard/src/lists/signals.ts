/** Finding a churn alert's signals in its text. */

export interface Piece {
  readonly text: string;
  readonly isSignal: boolean;
}

/**
 * The text in pieces, those that a signal names set apart, whatever their case. Signals that are
 * not words of the text find nothing; where they overlap, the longest wins.
 */
export function pieces(text: string, signals: readonly string[]): Piece[] {
  const words = signals.filter((signal) => signal.trim() !== "");
  if (words.length === 0) return [{ text, isSignal: false }];
  const longestFirst = words.toSorted((a, b) => b.length - a.length).map(escaped);
  const pattern = new RegExp(`(${longestFirst.join("|")})`, "giu");
  return text
    .split(pattern)
    .map((piece, index) => ({ text: piece, isSignal: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

function escaped(signal: string): string {
  return signal.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&");
}
