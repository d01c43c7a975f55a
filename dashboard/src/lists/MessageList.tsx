import { useId } from "react";
import type { ProcessedMessage } from "../contract";
import { moment, plural, signed, titled } from "../format";
import { sentimentColor } from "../sentiment";
import { usePause } from "./usePause";

/** The newest messages; the list rests while somebody reads it. */
export function MessageList(props: {
  messages: readonly ProcessedMessage[];
  erased: readonly string[];
  reference: Date;
  skipped: number;
}) {
  const { messages, erased, reference, skipped } = props;
  const { shown, pinned, missed, togglePinned, attention } = usePause(messages, erased);
  const heading = useId();
  return (
    <div className="list messages">
      <header>
        <h2 id={heading}>Live messages</h2>
        {missed > 0 && <span className="note">{missed} newer</span>}
        <button type="button" className="text-button" aria-pressed={pinned} onClick={togglePinned}>
          {pinned ? "Resume" : "Pause"}
        </button>
      </header>
      {skipped > 0 && (
        <p className="skipped">
          The connection skipped {plural(skipped, "update")}: the figures are current, this list has
          gaps.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="scroller" aria-labelledby={heading} tabIndex={0} {...attention}>
        {shown.length === 0 && <p className="waiting">Waiting for the first message…</p>}
        <ol data-testid="list-messages">
          {shown.map((message) => (
            <Message key={message.message_id} message={message} reference={reference} />
          ))}
        </ol>
      </section>
    </div>
  );
}

function Message({ message, reference }: { message: ProcessedMessage; reference: Date }) {
  const { analysis, created_at } = message;
  const score = analysis.language_supported ? analysis.sentiment_score : null;
  const created = new Date(created_at);
  return (
    <li style={{ "--mark": sentimentColor(score) }}>
      <p className="text" dir="auto">
        {message.text}
      </p>
      <p className="about">
        {score === null ? (
          <span>not scored{message.language ? ` (${message.language})` : ""}</span>
        ) : (
          <>
            <strong title={`${titled(analysis.sentiment_label)} sentiment`}>{signed(score)}</strong>
            <span>{analysis.emotion}</span>
          </>
        )}
        {[message.product, message.city].map(
          (key) =>
            key && (
              <span key={key} className="key" dir="auto">
                {key}
              </span>
            ),
        )}
        <span className="when">
          <span className="key">{message.platform}</span>{" "}
          <time dateTime={created_at}>{moment(created, reference)}</time>
        </span>
      </p>
    </li>
  );
}
