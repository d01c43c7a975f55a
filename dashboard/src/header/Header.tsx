import type { View } from "../feed/feed";
import type { Range } from "../feed/frames";
import { count, rate } from "../format";
import { type Liveness, ratePerMinute } from "../live";
import { ConnectionState } from "./ConnectionState";
import { type Option, Segmented } from "./Segmented";
import { ThemeToggle } from "./ThemeToggle";
import { TimeNotice } from "./TimeNotice";

const RANGE_OPTIONS: readonly Option<Range>[] = [
  { value: "15m", text: "15 min", meaning: "the last 15 minutes" },
  { value: "1h", text: "1 h", meaning: "the last hour" },
  { value: "24h", text: "24 h", meaning: "the last 24 hours" },
];

/** The name, the state of things, and what the reader can set. */
export function Header(props: { view: View; liveness: Liveness; onRange: (range: Range) => void }) {
  const { view, liveness, onRange } = props;
  const { metrics } = view;
  const total = metrics?.overall?.message_count ?? 0;
  const perMinute = metrics ? ratePerMinute(metrics.trend, metrics.window_seconds) : null;
  return (
    <header>
      <div className="masthead">
        <div className="brand">
          <svg viewBox="0 0 34 26" aria-hidden="true">
            <path className="negative" d="M2 8c6 0 7-6 13-6s7 9 17 9" />
            <path className="neutral" d="M2 15c6 0 7-6 13-6s7 9 17 9" />
            <path className="positive" d="M2 22c6 0 7-6 13-6s7 9 17 9" />
          </svg>
          <h1>Groundswell</h1>
        </div>
        <ConnectionState connection={view.connection} liveness={liveness} />
        <dl className="figures">
          <div>
            <dt>messages</dt>
            <dd data-testid="total-messages" data-value={total}>
              {count(total)}
            </dd>
          </div>
          <div>
            <dt>per minute</dt>
            <dd>{rate(perMinute)}</dd>
          </div>
        </dl>
        <Segmented label="Range" value={view.range} options={RANGE_OPTIONS} onChange={onRange} />
        <ThemeToggle />
      </div>
      <TimeNotice liveness={liveness} />
    </header>
  );
}
