import { bisector } from "d3-array";
import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { type Bin, bins } from "../charts/bins";
import { TrendChart, timeScale } from "../charts/TrendChart";
import type { Metrics } from "../contract";
import { clock, plural, signed } from "../format";
import { sentimentColor } from "../sentiment";
import { Panel, WAITING } from "./Panel";
import { useWidth } from "./useWidth";

/** A bin narrower than this is hard to point at. */
const BIN_PX = 7;
const byEnd = bisector((bin: Bin) => bin.end);

/** Sentiment, churn and volume over time, readable by pointer and by arrow keys. */
export function TrendPanel({ metrics }: { metrics: Metrics | null }) {
  const [ref, width] = useWidth(720);
  const [selectedStart, setSelectedStart] = useState<number | null>(null);
  const all = bins(metrics?.trend ?? [], metrics?.window_seconds ?? 60, width / BIN_PX);
  const index = all.findIndex((bin) => bin.start === selectedStart);
  const selected = all[index] ?? null;

  function select(bin: Bin | undefined): void {
    setSelectedStart(bin?.start ?? null);
  }

  function point(event: PointerEvent<HTMLElement>): void {
    const scale = timeScale(all, width);
    if (scale === null) return;
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const found = byEnd.right(all, scale.invert(x).getTime());
    select(all[Math.min(found, all.length - 1)]);
  }

  function move(event: KeyboardEvent): void {
    const last = all.length - 1;
    const from = index === -1 ? last + 1 : index;
    const target = {
      ArrowLeft: Math.max(0, from - 1),
      ArrowRight: Math.min(last, from + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === "Escape") select(undefined);
    if (target === undefined) return;
    event.preventDefault();
    select(all[target]);
  }

  return (
    <Panel
      name="trend"
      title="Real-time trend"
      waiting={all.length > 0 ? null : WAITING}
      note={selected ? <Readout bin={selected} /> : <Legend />}
    >
      <div
        ref={ref}
        className="trend-plot"
        role="slider"
        tabIndex={0}
        aria-label="Trend: window"
        aria-valuemin={1}
        aria-valuemax={all.length}
        aria-valuenow={index === -1 ? all.length : index + 1}
        aria-valuetext={describe(selected ?? all.at(-1))}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => select(undefined)}
        onBlur={() => select(undefined)}
        onKeyDown={move}
      >
        <TrendChart bins={all} width={width} selected={selected} />
      </div>
    </Panel>
  );
}

function describe(bin: Bin | undefined): string {
  if (bin === undefined) return "";
  const churn = bin.highChurn > 0 ? `, ${bin.highChurn} at high churn risk` : "";
  const time = `${clock(new Date(bin.start))} to ${clock(new Date(bin.end))}`;
  return `${time}: ${plural(bin.messages, "message")}, sentiment ${signed(bin.sentiment)}${churn}`;
}

function Readout({ bin }: { bin: Bin }) {
  return (
    <span className="readout">
      <time dateTime={new Date(bin.start).toISOString()}>{clock(new Date(bin.start))}</time>
      <span>
        <i className="dot" style={{ background: sentimentColor(bin.sentiment) }} />
        <strong>{signed(bin.sentiment)}</strong>
      </span>
      <span>{plural(bin.messages, "message")}</span>
      <span className="churn-text">{bin.highChurn} at risk</span>
    </span>
  );
}

function Legend() {
  return (
    <span className="legend">
      <span>
        <i className="swatch line" /> sentiment
      </span>
      <span>
        <i className="swatch diamond" /> high churn risk
      </span>
      <span>
        <i className="swatch bar" /> messages
      </span>
    </span>
  );
}
