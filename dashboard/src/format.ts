/** Numbers, times and keys as words. Times are shown in the reader's own time zone. */

const LOCALE = "en-GB";
const MINUTE_MS = 60_000;

const counts = new Intl.NumberFormat(LOCALE);
const compactCounts = new Intl.NumberFormat(LOCALE, {
  notation: "compact",
  maximumSignificantDigits: 3,
});
const clocks = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const exactClocks = new Intl.DateTimeFormat(LOCALE, { timeStyle: "medium" });
const shortDates = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const days = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric" });

/** 12480 → "12,480". */
export function count(value: number): string {
  return counts.format(value);
}

/** Where room is short: 12480 → "12,480", 1234567 → "1.23m". */
export function compactCount(value: number): string {
  return value < 100_000 ? counts.format(value) : compactCounts.format(value).toLowerCase();
}

/** A sentiment, −1..1, with its sign: "+0.21", "−0.40", "0.00"; a dash where nothing was scored. */
export function signed(value: number | null): string {
  if (value === null) return "–";
  const digits = Math.abs(value).toFixed(2);
  if (digits === "0.00") return digits;
  return `${value < 0 ? "−" : "+"}${digits}`;
}

/** A share, 0..1: "0%", "4.1%", "38%"; a dash where there is none. */
export function percent(share: number | null): string {
  if (share === null) return "–";
  const value = share * 100;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}%`;
}

/** Messages per minute: one digit where it matters. */
export function rate(perMinute: number | null): string {
  if (perMinute === null) return "–";
  return perMinute < 10
    ? String(Math.round(perMinute * 10) / 10)
    : compactCount(Math.round(perMinute));
}

/** "14:05". */
export function clock(time: Date): string {
  return clocks.format(time);
}

/** "12 March 2015, 14:05". */
export function dayAndClock(time: Date): string {
  return `${days.format(time)}, ${clocks.format(time)}`;
}

/** "14:05:09" on the day of `reference`, "12 Mar 2015, 14:05" on another. */
export function moment(time: Date, reference: Date): string {
  return time.toDateString() === reference.toDateString()
    ? exactClocks.format(time)
    : `${shortDates.format(time)}, ${clocks.format(time)}`;
}

/** How long ago in words: "4 minutes", "3 hours", "1 day". */
export function span(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(milliseconds / MINUTE_MS));
  if (minutes < 90) return plural(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 36 ? plural(hours, "hour") : plural(Math.round(hours / 24), "day");
}

/** "1 message", "2,000 messages". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A key as a heading: its first letter large. */
export function titled(key: string): string {
  const [first = "", ...rest] = key;
  return first.toUpperCase() + rest.join("");
}
