/** A WebSocket that comes back. */
import type { Frame } from "../contract";
import { backoffMs } from "./backoff";
import { parseFrame } from "./frames";

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** Lost; the next attempt is at `retryAt`, milliseconds since 1970. */
  | { readonly kind: "waiting"; readonly retryAt: number };

export interface Listener {
  onFrame(frame: Frame): void;
  onConnection(connection: Connection): void;
}

export interface LiveSocket {
  /** Try again now, if the connection is lost: the network is back, or somebody looks again. */
  retry(): void;
  /** Close for good. */
  close(): void;
}

/** An attempt that has not opened by then counts as failed. */
const OPENING_MS = 10_000;

/**
 * Connect to `url` and stay connected until closed. "Open" is told with the first frame, which
 * every connection starts with; only then does the backoff start over, so that a gateway that
 * accepts and drops connections is not hammered.
 */
export function connect(url: string, listener: Listener, random = Math.random): LiveSocket {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let closed = false;

  function open(): void {
    clearTimeout(timer);
    listener.onConnection({ kind: "connecting" });
    const current = new WebSocket(url);
    socket = current;
    timer = setTimeout(() => lost(current), OPENING_MS);
    let greeted = false;
    current.onmessage = ({ data }: MessageEvent) => {
      if (socket !== current || typeof data !== "string") return;
      const frame = parseFrame(data);
      if (frame === null) return;
      if (!greeted) {
        greeted = true;
        attempt = 0;
        clearTimeout(timer);
        listener.onConnection({ kind: "open" });
      }
      listener.onFrame(frame);
    };
    current.onclose = () => lost(current);
  }

  function lost(current: WebSocket): void {
    if (closed || socket !== current) return;
    socket = null;
    current.close();
    clearTimeout(timer);
    const delay = backoffMs(attempt, random);
    attempt += 1;
    listener.onConnection({ kind: "waiting", retryAt: Date.now() + delay });
    timer = setTimeout(open, delay);
  }

  open();
  return {
    retry() {
      if (!closed && socket === null) open();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
      socket = null;
    },
  };
}
