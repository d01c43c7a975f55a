import { useState } from "react";
import { ShareChart } from "../charts/ShareChart";
import type { Metrics } from "../contract";
import { titled } from "../format";
import { Segmented } from "../header/Segmented";
import { WAITING } from "./Panel";
import { RankedPanel } from "./RankedPanel";

const ROWS = 7;
type Side = "channel" | "platform";

/** How opinions divide by touchpoint, or by where they were posted. */
export function ChannelsPanel({ metrics }: { metrics: Metrics | null }) {
  const [side, setSide] = useState<Side>("channel");
  const aggregates = metrics?.[side] ?? [];
  return (
    <RankedPanel
      name="channels"
      title="Channels"
      noun={side}
      plural={`${titled(side)}s`}
      aggregates={aggregates}
      rows={ROWS}
      waiting={metrics?.overall ? null : WAITING}
      note={
        <Segmented
          label="Divide by"
          value={side}
          options={[
            { value: "channel", text: "Touchpoints", meaning: "what messages are about" },
            { value: "platform", text: "Platforms", meaning: "where messages were posted" },
          ]}
          onChange={setSide}
        />
      }
      draw={(width) => (
        <ShareChart
          noun={titled(side)}
          aggregates={aggregates}
          rows={ROWS}
          width={width}
          nameOf={titled}
        />
      )}
    />
  );
}
