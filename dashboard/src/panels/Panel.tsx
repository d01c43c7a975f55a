import { type ReactNode, useId } from "react";

/** A titled region of the page. `waiting` says instead of the content what is missing. */
export function Panel(props: {
  name: string;
  title: string;
  note?: ReactNode;
  waiting?: string | null;
  children: ReactNode;
}) {
  const { name, title, note, waiting, children } = props;
  const heading = useId();
  return (
    <section className={`panel ${name}`} data-testid={`panel-${name}`} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        <div className="note">{note}</div>
      </header>
      <div className="content">{waiting ? <p className="waiting">{waiting}</p> : children}</div>
    </section>
  );
}

export const WAITING = "Waiting for the first message…";
