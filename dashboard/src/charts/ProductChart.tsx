import { max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { symbol, symbolDiamond } from "d3-shape";
import type { Aggregate } from "../contract";
import { compactCount, signed } from "../format";
import { axisBound, sentimentColor } from "../sentiment";
import { HEADING_HEIGHT, ROW_HEIGHT, Row } from "./Row";

const BAR = 10;
const GAP = 16;
const CHURN_WIDTH = 46;
const VALUE_WIDTH = 44;
const diamond = symbol(symbolDiamond, 44)() ?? "";

/** Products: bars of volume, bars of sentiment about a zero line, and high-churn counts. */
export function ProductChart(props: {
  products: readonly Aggregate[];
  rows: number;
  width: number;
}) {
  const { products, rows, width } = props;
  const shown = products.slice(0, rows);
  const nameWidth = Math.max(72, width * 0.24);
  const plots = width - nameWidth - CHURN_WIDTH - 3 * GAP;
  const volumeStart = nameWidth + GAP;
  const volumeWidth = plots * 0.45;
  const sentimentStart = volumeStart + volumeWidth + GAP;
  const sentimentEnd = sentimentStart + plots * 0.55;
  const bound = axisBound(shown.map((product) => product.sentiment_avg));
  const volume = scaleLinear()
    .domain([0, max(shown, (product) => product.message_count) ?? 1])
    .range([0, volumeWidth - VALUE_WIDTH]);
  const sentiment = scaleLinear()
    .domain([-bound, bound])
    .range([sentimentStart, sentimentEnd - VALUE_WIDTH]);
  const height = HEADING_HEIGHT + rows * ROW_HEIGHT;
  const middle = ROW_HEIGHT / 2;
  return (
    <svg className="chart" width={width} height={height} aria-hidden="true">
      <text className="heading" y={10}>
        Product
      </text>
      <text className="heading" x={volumeStart} y={10}>
        Messages
      </text>
      <text className="heading" x={sentimentStart} y={10}>
        Sentiment ±{bound}
      </text>
      <text className="heading" x={width} y={10} textAnchor="end">
        At risk
      </text>
      <line
        className="zero"
        x1={sentiment(0)}
        x2={sentiment(0)}
        y1={HEADING_HEIGHT}
        y2={HEADING_HEIGHT + shown.length * ROW_HEIGHT}
      />
      {shown.map((product, index) => {
        const average = product.sentiment_avg;
        const length = Math.abs(sentiment(average ?? 0) - sentiment(0));
        return (
          <Row
            key={product.key}
            name={product.key}
            index={index}
            width={width}
            nameWidth={nameWidth}
          >
            <rect
              className="volume grows"
              x={volumeStart}
              y={middle - BAR / 2}
              width={volume(product.message_count)}
              height={BAR}
            />
            <text
              className="value"
              x={volumeStart + volume(product.message_count) + 6}
              y={middle}
              dominantBaseline="central"
            >
              {compactCount(product.message_count)}
            </text>
            <rect
              className="grows"
              x={Math.min(sentiment(average ?? 0), sentiment(0))}
              y={middle - BAR / 2}
              width={length}
              height={BAR}
              fill={sentimentColor(average)}
            />
            <text
              className="value quiet"
              x={sentimentEnd}
              y={middle}
              textAnchor="end"
              dominantBaseline="central"
            >
              {signed(average)}
            </text>
            {product.high_churn_count > 0 && (
              <path
                className="churn"
                d={diamond}
                transform={`translate(${width - CHURN_WIDTH + 10}, ${middle})`}
              />
            )}
            <text
              className={product.high_churn_count > 0 ? "value" : "value quiet"}
              x={width}
              y={middle}
              textAnchor="end"
              dominantBaseline="central"
            >
              {compactCount(product.high_churn_count)}
            </text>
          </Row>
        );
      })}
    </svg>
  );
}
