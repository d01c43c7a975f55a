import { GeographyChart } from "../charts/GeographyChart";
import type { Metrics } from "../contract";
import { WAITING } from "./Panel";
import { RankedPanel } from "./RankedPanel";

const ROWS = 8;

/** Cities by volume and sentiment. */
export function GeographyPanel({ metrics }: { metrics: Metrics | null }) {
  const cities = metrics?.geo ?? [];
  return (
    <RankedPanel
      name="geo"
      title="Geography"
      noun="city"
      plural="Cities"
      aggregates={cities}
      rows={ROWS}
      waiting={metrics?.overall ? null : WAITING}
      draw={(width) => <GeographyChart cities={cities} rows={ROWS} width={width} />}
    />
  );
}
