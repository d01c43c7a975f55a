import { max } from "d3-array";
import { scaleLinear, scaleTime } from "d3-scale";
import { area, curveMonotoneX, line, symbol, symbolDiamond } from "d3-shape";
import { useId } from "react";
import { clock, compactCount, signed } from "../format";
import { axisBound, sentimentColor } from "../sentiment";
import { type Bin, runs } from "./bins";

export const TREND_HEIGHT = 292;
const MARGIN = { left: 40, right: 10 };
const SENTIMENT = { top: 10, bottom: 172 };
const CHURN_Y = 194;
const VOLUME = { top: 212, bottom: 268 };
/** Areas of the churn diamonds, in square pixels. */
const DIAMOND = { least: 20, most: 100, forAtLeast: 6 };
/** A time this near to the end would reach over it. */
const HALF_CLOCK_PX = 16;
/** With fewer bins than this the axis reaches further back, so that bars stay slim. */
const FEWEST_SLOTS = 15;

/** The time scale in pixels; null without bins. The panel finds the pointed-at bin with it. */
export function timeScale(all: readonly Bin[], width: number) {
  const first = all[0];
  const last = all.at(-1);
  if (first === undefined || last === undefined) return null;
  const start = Math.min(first.start, last.end - FEWEST_SLOTS * (last.end - last.start));
  return scaleTime([start, last.end], [MARGIN.left, width - MARGIN.right]);
}

/** Sentiment as a line about zero, churn as diamonds, volume as bars, over the same time. */
export function TrendChart(props: { bins: readonly Bin[]; width: number; selected: Bin | null }) {
  const { bins: all, width, selected } = props;
  const clip = useId();
  const x = timeScale(all, width);
  const bound = axisBound(all.map((bin) => bin.sentiment));
  const y = scaleLinear([-bound, bound], [SENTIMENT.bottom, SENTIMENT.top]);
  const loudest = max(all, (bin) => bin.messages) ?? 1;
  const volume = scaleLinear([0, loudest], [0, VOLUME.bottom - VOLUME.top]);
  const right = width - MARGIN.right;
  return (
    <svg className="chart trend" width={width} height={TREND_HEIGHT} aria-hidden="true">
      <clipPath id={`${clip}above`}>
        <rect width={width} height={y(0)} />
      </clipPath>
      <clipPath id={`${clip}below`}>
        <rect y={y(0)} width={width} height={TREND_HEIGHT - y(0)} />
      </clipPath>
      {[bound, bound / 2, 0, -bound / 2, -bound].map((value) => (
        <g key={value} transform={`translate(0, ${y(value)})`}>
          <line className={value === 0 ? "zero" : "grid"} x1={MARGIN.left} x2={right} />
          {value !== bound / 2 && value !== -bound / 2 && (
            <text className="tick" x={MARGIN.left - 8} textAnchor="end" dominantBaseline="central">
              {value === 0 ? "0" : signed(value)}
            </text>
          )}
        </g>
      ))}
      <line className="zero" x1={MARGIN.left} x2={right} y1={VOLUME.bottom} y2={VOLUME.bottom} />
      {x && (
        <>
          <text className="tick" x={MARGIN.left - 8} y={VOLUME.top} textAnchor="end" dy="0.35em">
            {compactCount(loudest)}
          </text>
          <text className="tick" x={MARGIN.left - 8} y={CHURN_Y} textAnchor="end" dy="0.35em">
            risk
          </text>
          <Marks all={all} x={x} y={y} volume={volume} clip={clip} />
          {x
            .ticks(Math.max(2, Math.floor(width / 110)))
            .filter((time) => x(time) < right - HALF_CLOCK_PX)
            .map((time) => (
              <text
                key={time.getTime()}
                className="tick"
                x={x(time)}
                y={VOLUME.bottom + 18}
                textAnchor="middle"
              >
                {clock(time)}
              </text>
            ))}
          {selected && (
            <g
              className="selected"
              transform={`translate(${x((selected.start + selected.end) / 2)}, 0)`}
            >
              <line y1={SENTIMENT.top} y2={VOLUME.bottom} />
              {selected.sentiment !== null && (
                <circle
                  cy={y(selected.sentiment)}
                  r={5}
                  fill={sentimentColor(selected.sentiment)}
                />
              )}
            </g>
          )}
        </>
      )}
    </svg>
  );
}

type Scale = ReturnType<typeof scaleLinear<number, number>>;

function Marks(props: {
  all: readonly Bin[];
  x: NonNullable<ReturnType<typeof timeScale>>;
  y: Scale;
  volume: Scale;
  clip: string;
}) {
  const { all, x, y, volume, clip } = props;
  const center = (bin: Bin) => x((bin.start + bin.end) / 2);
  const fill = area<Bin>()
    .x(center)
    .y0(y(0))
    .y1((bin) => y(bin.sentiment ?? 0))
    .curve(curveMonotoneX);
  const stroke = line<Bin>()
    .x(center)
    .y((bin) => y(bin.sentiment ?? 0))
    .curve(curveMonotoneX);
  const riskiest = max(all, (bin) => bin.highChurn) ?? 1;
  const diamond = scaleLinear(
    [1, Math.max(DIAMOND.forAtLeast, riskiest)],
    [DIAMOND.least, DIAMOND.most],
  );
  return (
    <>
      {runs(all).map((run) => {
        const [only] = run;
        const key = only?.start ?? 0;
        return run.length === 1 && only ? (
          <circle
            key={key}
            cx={center(only)}
            cy={y(only.sentiment ?? 0)}
            r={3.5}
            fill={sentimentColor(only.sentiment)}
          />
        ) : (
          <g key={key}>
            <path className="fill positive" d={fill(run) ?? ""} clipPath={`url(#${clip}above)`} />
            <path className="fill negative" d={fill(run) ?? ""} clipPath={`url(#${clip}below)`} />
            <path className="line" d={stroke(run) ?? ""} />
          </g>
        );
      })}
      {all.map((bin) => (
        <g key={bin.start}>
          <rect
            className="volume"
            x={x(bin.start) + 0.75}
            y={VOLUME.bottom - volume(bin.messages)}
            width={Math.max(1, x(bin.end) - x(bin.start) - 1.5)}
            height={volume(bin.messages)}
          />
          {bin.highChurn > 0 && (
            <path
              className="churn"
              d={symbol(symbolDiamond, diamond(bin.highChurn))() ?? ""}
              transform={`translate(${center(bin)}, ${CHURN_Y})`}
            />
          )}
        </g>
      ))}
    </>
  );
}
