import { scaleLinear } from "d3-scale";
import { arc } from "d3-shape";
import { signed } from "../format";
import { leaning, sentimentColor } from "../sentiment";

export const GAUGE = { width: 280, height: 156 };
const CENTER = { x: GAUGE.width / 2, y: 138 };
const TICKS = 61;
const INNER = 92;
const OUTER = 112;
const RIM = 124;

const angle = scaleLinear()
  .domain([-1, 1])
  .range([-Math.PI / 2, Math.PI / 2])
  .clamp(true);
const tickValue = scaleLinear()
  .domain([0, TICKS - 1])
  .range([-1, 1]);
const tickArc = arc<{ value: number; outer: number }>()
  .innerRadius(INNER)
  .outerRadius(({ outer }) => outer)
  .startAngle(({ value }) => angle(value) - 0.016)
  .endAngle(({ value }) => angle(value) + 0.016)
  .cornerRadius(1.5);

function onCircle(value: number, radius: number): { x: number; y: number } {
  return { x: Math.sin(angle(value)) * radius, y: -Math.cos(angle(value)) * radius };
}

/** Paler towards zero, but never grey: on the dial a lit tick is a side taken. */
function litColor(tick: number, value: number | null): string {
  return sentimentColor(Math.sign(value ?? 0) * (Math.abs(tick) + 0.15));
}

/** A dial from −1 to 1: lit from zero to `value`, and a ring on the rim at `newest`. */
export function GaugeChart({ value, newest }: { value: number | null; newest: number | null }) {
  const isLit = (tick: number) =>
    value !== null && Math.min(0, value) - 0.001 <= tick && tick <= Math.max(0, value) + 0.001;
  const hand = value === null ? null : onCircle(value, OUTER + 5);
  const handFoot = value === null ? null : onCircle(value, INNER - 4);
  const ring = newest === null ? null : onCircle(newest, RIM);
  return (
    <svg
      className="chart gauge"
      viewBox={`0 0 ${GAUGE.width} ${GAUGE.height}`}
      role="img"
      aria-label={`Sentiment ${signed(value)} on a scale from −1 to +1: ${leaning(value)}. Newest window ${signed(newest)}.`}
    >
      <g transform={`translate(${CENTER.x}, ${CENTER.y})`}>
        {Array.from({ length: TICKS }, (_, index) => tickValue(index)).map((tick) => (
          <path
            key={tick}
            d={tickArc({ value: tick, outer: isLit(tick) ? OUTER : OUTER - 7 }) ?? ""}
            fill={isLit(tick) ? litColor(tick, value) : "var(--track)"}
          />
        ))}
        {hand && handFoot && (
          <line className="hand" x1={handFoot.x} y1={handFoot.y} x2={hand.x} y2={hand.y} />
        )}
        {ring && (
          <circle className="ring" cx={ring.x} cy={ring.y} r={4} stroke={sentimentColor(newest)} />
        )}
        <text className="figure" y={-34} textAnchor="middle">
          {signed(value)}
        </text>
        <text className="caption" y={-8} textAnchor="middle">
          {leaning(value)}
        </text>
        <text className="tick" x={-(INNER + OUTER) / 2} y={16} textAnchor="middle">
          −1
        </text>
        <text className="tick" x={(INNER + OUTER) / 2} y={16} textAnchor="middle">
          +1
        </text>
      </g>
    </svg>
  );
}
