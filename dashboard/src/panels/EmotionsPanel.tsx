import { EmotionChart } from "../charts/EmotionChart";
import { emotionShares } from "../charts/emotions";
import type { Metrics } from "../contract";
import { count, percent, titled } from "../format";
import { ChartTable } from "./ChartTable";
import { Panel, WAITING } from "./Panel";
import { useWidth } from "./useWidth";

/** The seven emotions by share, and the averages of toxicity and churn risk. */
export function EmotionsPanel({ metrics }: { metrics: Metrics | null }) {
  const [ref, width] = useWidth(480);
  const overall = metrics?.overall ?? null;
  const emotions = emotionShares(overall);
  return (
    <Panel
      name="emotions"
      title="Emotions"
      waiting={overall ? null : WAITING}
      note={
        overall && (
          <>
            toxicity <strong>{percent(overall.toxicity_avg)}</strong>
            <span aria-hidden="true"> · </span>
            churn risk <strong>{percent(overall.churn_risk_avg)}</strong>
          </>
        )
      }
    >
      <div ref={ref}>
        <EmotionChart emotions={emotions} width={width} />
      </div>
      <ChartTable
        caption="Emotions by share"
        columns={["Emotion", "Share", "Messages"]}
        rows={emotions.map((one) => [titled(one.emotion), percent(one.share), count(one.count)])}
      />
    </Panel>
  );
}
