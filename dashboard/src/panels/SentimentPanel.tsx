import { GaugeChart } from "../charts/GaugeChart";
import type { Metrics } from "../contract";
import { count, percent, signed, titled } from "../format";
import { sentimentColor, shares } from "../sentiment";
import { Panel } from "./Panel";

/** The gauge of the whole range, the newest window beside it, and how opinions divide. */
export function SentimentPanel({ metrics }: { metrics: Metrics | null }) {
  const overall = metrics?.overall ?? null;
  const newest = metrics?.newest?.sentiment_avg ?? null;
  const unsupported = overall?.unsupported_count ?? 0;
  const divided = shares(overall);
  return (
    <Panel
      name="sentiment"
      title="Sentiment"
      note={
        overall && (
          <span className="newest">
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <circle className="ring" cx="5" cy="5" r="3.5" stroke={sentimentColor(newest)} />
            </svg>
            newest window <strong>{signed(newest)}</strong>
          </span>
        )
      }
    >
      <GaugeChart value={overall?.sentiment_avg ?? null} newest={newest} />
      <div className="share-bar" aria-hidden="true">
        {divided.map(({ label, share }) => (
          <span key={label} className={label} style={{ flexGrow: share }} />
        ))}
      </div>
      <dl className="shares">
        {divided.map(({ label, count: messages, share }) => (
          <div key={label} className={label}>
            <dt>{titled(label)}</dt>
            <dd>
              {overall ? percent(share) : "–"} <small>{overall ? count(messages) : ""}</small>
            </dd>
          </div>
        ))}
      </dl>
      <p className="footnote">
        {unsupported > 0 ? `${count(unsupported)} in other languages, not scored` : "\u00a0"}
      </p>
    </Panel>
  );
}
