import { type FocusEvent, type PointerEvent, useState } from "react";

interface Named {
  readonly message_id: string;
}

/**
 * Hold a list still while it is hovered or focused, or until resumed by the button: what is read
 * must not move away, unless it was erased. `missed` counts what came meanwhile.
 */
export function usePause<T extends Named>(current: readonly T[], erased: readonly string[]) {
  const [held, setHeld] = useState<readonly T[] | null>(null);
  const [pinned, setPinned] = useState(false);
  const [attended, setAttended] = useState({ pointer: false, focus: false });
  const paused = pinned || attended.pointer || attended.focus;
  if (paused && held === null) setHeld(current);
  if (!paused && held !== null) setHeld(null);
  const gone = new Set(erased);
  const shown = held?.filter((one) => !gone.has(one.message_id)) ?? current;
  const known = new Set(shown.map((one) => one.message_id));

  return {
    shown,
    pinned,
    missed: current.filter((one) => !known.has(one.message_id)).length,
    togglePinned: () => setPinned(!pinned),
    attention: {
      onPointerEnter: (event: PointerEvent) => {
        if (event.pointerType === "mouse") setAttended((was) => ({ ...was, pointer: true }));
      },
      onPointerLeave: () => setAttended((was) => ({ ...was, pointer: false })),
      onFocus: (event: FocusEvent) => {
        // A click leaves the focus behind as well, but not for reading.
        if (event.target.matches(":focus-visible")) {
          setAttended((was) => ({ ...was, focus: true }));
        }
      },
      onBlur: (event: FocusEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          setAttended((was) => ({ ...was, focus: false }));
        }
      },
    },
  };
}
