/** Fitting keys, which are anybody's words in any script, into a chart's columns. */

/** East Asian and emoji characters fill a square, others on average a bit over half of one. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u;
const WIDE_EM = 1;
const NARROW_EM = 0.56;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** `text`, or as much of its beginning as fits into `widthPx`, with an ellipsis. */
export function fitText(text: string, widthPx: number, fontPx: number): string {
  const room = widthPx / fontPx;
  const segments = Array.from(graphemes.segment(text), ({ segment }) => segment);
  let used = 0;
  let kept = 0;
  let keptWithEllipsis = 0;
  for (const segment of segments) {
    used += WIDE.test(segment) ? WIDE_EM : NARROW_EM;
    if (used > room) break;
    kept += 1;
    if (used + NARROW_EM <= room) keptWithEllipsis = kept;
  }
  if (kept === segments.length) return text;
  return `${segments.slice(0, keptWithEllipsis).join("").trimEnd()}…`;
}
