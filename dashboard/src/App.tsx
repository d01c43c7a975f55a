import { useSyncExternalStore } from "react";
import type { Feed } from "./feed/feed";
import type { Range } from "./feed/frames";
import { Header } from "./header/Header";
import { useNow } from "./header/useNow";
import { AlertList } from "./lists/AlertList";
import { MessageList } from "./lists/MessageList";
import { liveness } from "./live";
import { ChannelsPanel } from "./panels/ChannelsPanel";
import { EmotionsPanel } from "./panels/EmotionsPanel";
import { GeographyPanel } from "./panels/GeographyPanel";
import { ProductsPanel } from "./panels/ProductsPanel";
import { SentimentPanel } from "./panels/SentimentPanel";
import { TrendPanel } from "./panels/TrendPanel";

const CLOCK_MS = 10_000;

/** The whole page, drawn from the feed. */
export function App({ feed }: { feed: Feed }) {
  const view = useSyncExternalStore(feed.subscribe, feed.view);
  const now = useNow(CLOCK_MS);
  const { metrics } = view;
  const live = liveness(metrics?.live_at ?? null, now);
  const reference = live.kind === "empty" ? new Date(now) : live.at;

  function changeRange(range: Range): void {
    const url = new URL(window.location.href);
    url.searchParams.set("range", range);
    window.history.replaceState(null, "", url);
    feed.setRange(range);
  }

  return (
    <>
      <Header view={view} liveness={live} onRange={changeRange} />
      <div className="page">
        <main aria-busy={metrics === null || metrics.range !== view.range}>
          <SentimentPanel metrics={metrics} />
          <TrendPanel metrics={metrics} />
          <ProductsPanel metrics={metrics} />
          <GeographyPanel metrics={metrics} />
          <ChannelsPanel metrics={metrics} />
          <EmotionsPanel metrics={metrics} />
        </main>
        <aside aria-label="Messages and alerts">
          <AlertList alerts={view.alerts} erased={view.erased} reference={reference} />
          <MessageList
            messages={view.messages}
            erased={view.erased}
            reference={reference}
            skipped={view.skipped}
          />
        </aside>
      </div>
    </>
  );
}
