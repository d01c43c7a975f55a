import { dayAndClock, span } from "../format";
import type { Liveness } from "../live";

/** Says so plainly when what is shown is not now. */
export function TimeNotice({ liveness }: { liveness: Liveness }) {
  if (liveness.kind === "replay") {
    return (
      <p className="time-notice" role="note">
        Showing <Moment at={liveness.at} /> — a replay, not now.
      </p>
    );
  }
  if (liveness.kind === "quiet") {
    return (
      <p className="time-notice" role="note">
        Showing <Moment at={liveness.at} />, {span(liveness.ageMs)} ago — nothing newer has come.
      </p>
    );
  }
  return null;
}

function Moment({ at }: { at: Date }) {
  return <time dateTime={at.toISOString()}>{dayAndClock(at)}</time>;
}
