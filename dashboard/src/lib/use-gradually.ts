import { startTransition, useEffect, useState } from "react";

/** Items that are shown at once: more than a screen holds. */
export const AT_ONCE = 20;
/** Items that follow in one go, while nothing more urgent is to be done. */
export const STEP = 50;

/**
 * How many items of a long list are not rendered yet: some are there as soon as it is loaded, the others come behind them step by step, so
 * that its length does not hold up what is seen of it. Which end waits is the caller's choice. What was shown stays shown, until it
 * is a list of something else.
 */
export function useGradually(of: string | null, items: number, loaded: boolean): number {
  const [wanted, setWanted] = useState({ of, shown: AT_ONCE });
  const shown = wanted.of === of ? wanted.shown : AT_ONCE;
  // What a list shows while it is loading may be gone from the screen with its next part.
  const held = loaded ? Math.max(0, items - shown) : items;
  useEffect(() => {
    if (!loaded || shown === Number.POSITIVE_INFINITY) return;
    const next = held === 0 ? Number.POSITIVE_INFINITY : shown + STEP;
    // Two frames: what is there is painted before more is rendered.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        startTransition(() => setWanted({ of, shown: next }));
      });
    });
    return () => cancelAnimationFrame(frame);
  }, [of, loaded, held, shown]);
  return held;
}
