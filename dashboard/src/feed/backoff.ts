const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * Milliseconds before reconnection number `attempt` (from 0): doubling up to 15 s, and half of it
 * random, so that the browsers of a restarted gateway do not come back all at once.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
