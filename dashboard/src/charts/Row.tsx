import type { ReactNode } from "react";
import { fitText } from "./text";

export const ROW_HEIGHT = 32;
export const HEADING_HEIGHT = 22;
const FONT_PX = 13;

/** One key's line of a ranked chart; it glides when the ranking changes. */
export function Row(props: {
  name: string;
  index: number;
  width: number;
  nameWidth: number;
  children: ReactNode;
}) {
  const { name, index, width, nameWidth, children } = props;
  const y = HEADING_HEIGHT + index * ROW_HEIGHT;
  return (
    <g className="row" style={{ transform: `translate(0px, ${y}px)` }}>
      <title>{name}</title>
      <line className="rule" x2={width} y1={ROW_HEIGHT - 0.5} y2={ROW_HEIGHT - 0.5} />
      <text className="name" y={ROW_HEIGHT / 2} dominantBaseline="central">
        {fitText(name, nameWidth, FONT_PX)}
      </text>
      {children}
    </g>
  );
}
