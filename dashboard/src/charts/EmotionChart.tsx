import { max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { compactCount, percent, titled } from "../format";
import { type EmotionShare, VALENCE } from "./emotions";
import { HEADING_HEIGHT, ROW_HEIGHT, Row } from "./Row";

const BAR = 10;
const NAME_WIDTH = 78;
const SHARE_WIDTH = 50;
const COUNT_WIDTH = 62;

/** The seven emotions as bars of their shares, coloured by the way they point. */
export function EmotionChart(props: { emotions: readonly EmotionShare[]; width: number }) {
  const { emotions, width } = props;
  const x = scaleLinear()
    .domain([0, max(emotions, ({ share }) => share) || 1])
    .range([NAME_WIDTH, width - SHARE_WIDTH - COUNT_WIDTH - 8]);
  const middle = ROW_HEIGHT / 2;
  return (
    <svg
      className="chart"
      width={width}
      height={HEADING_HEIGHT + emotions.length * ROW_HEIGHT}
      aria-hidden="true"
    >
      <text className="heading" y={10}>
        Emotion
      </text>
      <text className="heading" x={width - COUNT_WIDTH} y={10} textAnchor="end">
        Share
      </text>
      <text className="heading" x={width} y={10} textAnchor="end">
        Messages
      </text>
      {emotions.map(({ emotion, count, share }, index) => (
        <Row
          key={emotion}
          name={titled(emotion)}
          index={index}
          width={width}
          nameWidth={NAME_WIDTH}
        >
          <rect
            className="track"
            x={x(0)}
            y={middle - 0.5}
            width={Math.max(0, width - SHARE_WIDTH - COUNT_WIDTH - 8 - x(0))}
            height={1}
          />
          <rect
            className={`grows ${VALENCE[emotion]}`}
            x={x(0)}
            y={middle - BAR / 2}
            width={Math.max(0, x(share) - x(0))}
            height={BAR}
          />
          <text
            className="value"
            x={width - COUNT_WIDTH}
            y={middle}
            textAnchor="end"
            dominantBaseline="central"
          >
            {percent(share)}
          </text>
          <text
            className="value quiet"
            x={width}
            y={middle}
            textAnchor="end"
            dominantBaseline="central"
          >
            {compactCount(count)}
          </text>
        </Row>
      ))}
    </svg>
  );
}
