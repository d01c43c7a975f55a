import { useId, useRef } from "react";
import type { ChurnAlert } from "../contract";
import { moment, percent } from "../format";
import { useDismissed } from "./dismissed";
import { pieces } from "./signals";
import { usePause } from "./usePause";

/** Messages at high churn risk, with the words that say so; each can be dismissed. */
export function AlertList(props: {
  alerts: readonly ChurnAlert[];
  erased: readonly string[];
  reference: Date;
}) {
  const [dismissed, dismiss] = useDismissed();
  const { shown, missed, attention } = usePause(props.alerts, props.erased);
  const heading = useId();
  const region = useRef<HTMLElement>(null);
  const open = shown.filter((alert) => !dismissed.has(alert.message_id));
  return (
    <div className="list alerts">
      <header>
        <h2 id={heading}>Churn alerts</h2>
        <span className="note">
          {missed > 0 ? `${missed} newer` : open.length > 0 && `${open.length} open`}
        </span>
      </header>
      <section
        ref={region}
        className="scroller"
        aria-labelledby={heading}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        {...attention}
      >
        {open.length === 0 && <p className="waiting">No message at high churn risk.</p>}
        <ol data-testid="list-alerts">
          {open.map((alert) => (
            <Alert
              key={alert.message_id}
              alert={alert}
              reference={props.reference}
              onDismiss={() => {
                dismiss(alert.message_id);
                region.current?.focus();
              }}
            />
          ))}
        </ol>
      </section>
    </div>
  );
}

function Alert(props: { alert: ChurnAlert; reference: Date; onDismiss: () => void }) {
  const { alert, reference, onDismiss } = props;
  const about = [alert.product, alert.channel, alert.city, alert.platform].filter(Boolean);
  return (
    <li>
      <div className="risk">
        <strong>{percent(alert.churn_risk)}</strong>
        <span>risk</span>
      </div>
      <div>
        <p className="text" dir="auto">
          <Marked text={alert.text} signals={alert.churn_signals} />
        </p>
        {alert.churn_signals.length > 0 && (
          <ul className="chips" aria-label="Signals">
            {[...new Set(alert.churn_signals)].map((signal) => (
              <li key={signal} dir="auto">
                {signal}
              </li>
            ))}
          </ul>
        )}
        <p className="about">
          <span className="key">{about.join(" · ")}</span>
          <time className="when" dateTime={alert.created_at}>
            {moment(new Date(alert.created_at), reference)}
          </time>
        </p>
      </div>
      <button type="button" className="icon-button" aria-label="Dismiss alert" onClick={onDismiss}>
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M5 5l10 10M15 5L5 15" stroke="currentColor" strokeWidth="1.5" fill="none" />
        </svg>
      </button>
    </li>
  );
}

function Marked({ text, signals }: { text: string; signals: readonly string[] }) {
  let offset = 0;
  return pieces(text, signals).map((piece) => {
    const key = offset;
    offset += piece.text.length;
    return piece.isSignal ? <mark key={key}>{piece.text}</mark> : piece.text;
  });
}
