import type { Connection } from "../feed/socket";
import type { Liveness } from "../live";
import { useNow } from "./useNow";

/** Whether the page is connected, and whether what it shows is now. */
export function ConnectionState(props: { connection: Connection; liveness: Liveness }) {
  const { connection, liveness } = props;
  const state = connection.kind === "open" ? liveness.kind : connection.kind;
  return (
    <div className="connection">
      <span className={`lamp ${state}`} aria-hidden="true" />
      <span role="status">{WORDS[state]}</span>
      {connection.kind === "waiting" && <Countdown until={connection.retryAt} />}
    </div>
  );
}

const WORDS: Record<Connection["kind"] | Liveness["kind"], string> = {
  connecting: "Connecting…",
  open: "Connected",
  waiting: "Connection lost",
  empty: "Connected",
  now: "Live",
  quiet: "Quiet",
  replay: "Replay",
};

/** Outside the status, so that no screen reader counts along. */
function Countdown({ until }: { until: number }) {
  const now = useNow(1000);
  const seconds = Math.max(1, Math.ceil((until - now) / 1000));
  return <span className="countdown">retrying in {seconds} s</span>;
}
