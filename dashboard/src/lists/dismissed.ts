import { useState } from "react";

const KEY = "groundswell.dismissed";
const KEPT = 500;

/** Ids of the alerts that this reader has dismissed, for as long as the tab lives. */
export function useDismissed(): [ReadonlySet<string>, (id: string) => void] {
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(load);
  function dismiss(id: string): void {
    const ids = [...dismissed, id].slice(-KEPT);
    setDismissed(new Set(ids));
    try {
      sessionStorage.setItem(KEY, JSON.stringify(ids));
    } catch {
      // Storage is switched off: dismissed until the page is loaded again.
    }
  }
  return [dismissed, dismiss];
}

function load(): ReadonlySet<string> {
  try {
    const ids: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : []);
  } catch {
    return new Set();
  }
}
