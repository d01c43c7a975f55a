import type { ReactNode } from "react";
import type { Aggregate } from "../contract";
import { count, percent, signed, titled } from "../format";
import { shares } from "../sentiment";
import { ChartTable } from "./ChartTable";
import { Panel } from "./Panel";
import { useWidth } from "./useWidth";

/**
 * What the panels of keys have in common: the most frequent keys drawn, how many more there are,
 * and the numbers as a table.
 */
export function RankedPanel(props: {
  name: string;
  title: string;
  noun: string;
  plural: string;
  aggregates: readonly Aggregate[];
  rows: number;
  waiting: string | null;
  note?: ReactNode;
  draw: (width: number) => ReactNode;
}) {
  const { name, title, noun, aggregates, rows, waiting, note, draw } = props;
  const [ref, width] = useWidth(480);
  const more = aggregates.length - rows;
  const nothing = aggregates.length === 0 ? `No message names a ${noun} yet.` : null;
  return (
    <Panel
      name={name}
      title={title}
      waiting={waiting ?? nothing}
      note={note ?? (more > 0 && `and ${count(more)} more`)}
    >
      <div ref={ref}>{draw(width)}</div>
      <ChartTable
        caption={`${props.plural} by messages`}
        columns={[titled(noun), "Messages", "Sentiment", "Negative", "Positive", "High churn risk"]}
        rows={aggregates.slice(0, rows).map((aggregate) => {
          const [negative, , positive] = shares(aggregate);
          return [
            aggregate.key,
            count(aggregate.message_count),
            signed(aggregate.sentiment_avg),
            percent(negative?.share ?? null),
            percent(positive?.share ?? null),
            count(aggregate.high_churn_count),
          ];
        })}
      />
    </Panel>
  );
}
