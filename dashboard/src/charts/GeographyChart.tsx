import { max } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Aggregate } from "../contract";
import { compactCount, signed } from "../format";
import { sentimentColor } from "../sentiment";
import { HEADING_HEIGHT, ROW_HEIGHT, Row } from "./Row";

const DOT = 6.5;
const SENTIMENT_WIDTH = 68;
const COUNT_WIDTH = 58;

/** Cities as a dot plot: the dot's place is the volume, its colour the sentiment. */
export function GeographyChart(props: {
  cities: readonly Aggregate[];
  rows: number;
  width: number;
}) {
  const { cities, rows, width } = props;
  const shown = cities.slice(0, rows);
  const nameWidth = Math.max(72, width * 0.26);
  const plotEnd = width - SENTIMENT_WIDTH - COUNT_WIDTH - DOT;
  const x = scaleLinear()
    .domain([0, max(shown, (city) => city.message_count) ?? 1])
    .range([nameWidth + 12, plotEnd]);
  const height = HEADING_HEIGHT + rows * ROW_HEIGHT;
  return (
    <svg className="chart" width={width} height={height} aria-hidden="true">
      <text className="heading" y={10}>
        City
      </text>
      <text className="heading" x={width - SENTIMENT_WIDTH} y={10} textAnchor="end">
        Messages
      </text>
      <text className="heading" x={width} y={10} textAnchor="end">
        Sentiment
      </text>
      {shown.map((city, index) => (
        <Row key={city.key} name={city.key} index={index} width={width} nameWidth={nameWidth}>
          <line
            className="stem"
            x1={x(0)}
            x2={x(city.message_count)}
            y1={ROW_HEIGHT / 2}
            y2={ROW_HEIGHT / 2}
          />
          <circle
            className="moves"
            r={DOT}
            cy={ROW_HEIGHT / 2}
            style={{ transform: `translateX(${x(city.message_count).toFixed(1)}px)` }}
            fill={sentimentColor(city.sentiment_avg)}
          />
          <text
            className="value"
            x={width - SENTIMENT_WIDTH}
            y={ROW_HEIGHT / 2}
            textAnchor="end"
            dominantBaseline="central"
          >
            {compactCount(city.message_count)}
          </text>
          <text
            className="value quiet"
            x={width}
            y={ROW_HEIGHT / 2}
            textAnchor="end"
            dominantBaseline="central"
          >
            {signed(city.sentiment_avg)}
          </text>
        </Row>
      ))}
    </svg>
  );
}
