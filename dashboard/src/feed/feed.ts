/** The page's one store: the connection, the range asked for, and what came over it. */
import { RANGES, type Range } from "./frames";
import { type Connection, connect, type LiveSocket } from "./socket";
import { EMPTY, type FeedState, reduce } from "./state";

export interface View extends FeedState {
  readonly range: Range;
  readonly connection: Connection;
}

/** At most one redraw in this time, however many frames come. */
const REDRAW_MS = 120;

export class Feed {
  /** All that came; `#shown` follows it, throttled. */
  #latest: View;
  #shown: View;
  #socket: LiveSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = Number.NEGATIVE_INFINITY;
  readonly #listeners = new Set<() => void>();

  constructor(range: Range) {
    this.#latest = { ...EMPTY, range, connection: { kind: "connecting" } };
    this.#shown = this.#latest;
  }

  /** Stable between changes, as `useSyncExternalStore` wants it. */
  readonly view = (): View => this.#shown;

  /** Hear of changes. The connection is there while somebody listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Ask for another range; the panels keep the old one until the new snapshot is there. */
  setRange(range: Range): void {
    if (range === this.#latest.range) return;
    this.#change({ range });
    if (this.#listeners.size === 0) return;
    this.#stop();
    this.#start();
  }

  readonly #retry = (): void => {
    if (document.visibilityState === "visible") this.#socket?.retry();
  };

  #start(): void {
    window.addEventListener("online", this.#retry);
    document.addEventListener("visibilitychange", this.#retry);
    this.#socket = connect(socketUrl(document.baseURI, this.#latest.range), {
      onFrame: (frame) => this.#change(reduce(this.#latest, frame)),
      onConnection: (connection) => this.#change({ connection }),
    });
  }

  #stop(): void {
    window.removeEventListener("online", this.#retry);
    document.removeEventListener("visibilitychange", this.#retry);
    this.#socket?.close();
    this.#socket = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #change(change: Partial<View>): void {
    this.#latest = { ...this.#latest, ...change };
    if (this.#timer !== undefined) return;
    const wait = this.#told + REDRAW_MS - performance.now();
    if (wait <= 0) this.#show();
    else this.#timer = setTimeout(() => this.#show(), wait);
  }

  #show(): void {
    this.#timer = undefined;
    this.#told = performance.now();
    this.#shown = this.#latest;
    for (const listener of this.#listeners) listener();
  }
}

/** The gateway's WebSocket beside the page, wherever a proxy has put both. */
export function socketUrl(page: string, range: Range): string {
  const url = new URL(`ws?range=${range}`, page);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** The range that the page's address asks for, one hour by default. */
export function rangeOf(search: string): Range {
  const wanted = new URLSearchParams(search).get("range");
  return RANGES.find((range) => range === wanted) ?? "1h";
}
