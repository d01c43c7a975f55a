import { scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import type { Aggregate } from "../contract";
import { compactCount, percent } from "../format";
import { LABELS, type Label, shares } from "../sentiment";
import { HEADING_HEIGHT, ROW_HEIGHT, Row } from "./Row";

const BAR = 16;
const COUNT_WIDTH = 62;
/** A segment narrower than this has no room for its percentage. */
const LABELLED_PX = 36;

const stacked = stack<Record<Label, number>, Label>().keys(LABELS);

/** Keys by volume, each a full bar divided into its negative, neutral and positive shares. */
export function ShareChart(props: {
  noun: string;
  aggregates: readonly Aggregate[];
  rows: number;
  width: number;
  nameOf: (key: string) => string;
}) {
  const { noun, aggregates, rows, width, nameOf } = props;
  const shown = aggregates.slice(0, rows);
  const nameWidth = Math.max(76, width * 0.18);
  const x = scaleLinear().range([nameWidth + 12, width - COUNT_WIDTH]);
  const middle = ROW_HEIGHT / 2;
  return (
    <svg
      className="chart"
      width={width}
      height={HEADING_HEIGHT + rows * ROW_HEIGHT}
      aria-hidden="true"
    >
      <text className="heading" y={10}>
        {noun}
      </text>
      <text className="heading" x={x(0)} y={10}>
        Negative · neutral · positive
      </text>
      <text className="heading" x={width} y={10} textAnchor="end">
        Messages
      </text>
      {shown.map((aggregate, index) => (
        <Row
          key={aggregate.key}
          name={nameOf(aggregate.key)}
          index={index}
          width={width}
          nameWidth={nameWidth}
        >
          {segments(aggregate).map(({ label, from, to }) => {
            const length = Math.max(0, x(to) - x(from) - 1);
            return (
              <g key={label}>
                <rect
                  className={`grows ${label}`}
                  x={x(from)}
                  y={middle - BAR / 2}
                  width={length}
                  height={BAR}
                />
                {length >= LABELLED_PX && (
                  <text
                    className={`on-${label}`}
                    x={(x(from) + x(to)) / 2}
                    y={middle}
                    textAnchor="middle"
                    dominantBaseline="central"
                  >
                    {percent(to - from)}
                  </text>
                )}
              </g>
            );
          })}
          <text className="value" x={width} y={middle} textAnchor="end" dominantBaseline="central">
            {compactCount(aggregate.message_count)}
          </text>
        </Row>
      ))}
    </svg>
  );
}

function segments(aggregate: Aggregate): { label: Label; from: number; to: number }[] {
  const byLabel = Object.fromEntries(
    shares(aggregate).map(({ label, share }) => [label, share]),
  ) as Record<Label, number>;
  return stacked([byLabel]).flatMap((series) =>
    series.map(([from, to]) => ({ label: series.key, from, to })),
  );
}
