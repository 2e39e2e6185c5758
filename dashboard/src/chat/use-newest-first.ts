import { startTransition, useEffect, useState } from "react";

/** Turns that are shown at once: more than a screen holds. */
export const AT_ONCE = 20;
/** Turns that follow in one go, while nothing more urgent is to be done. */
export const STEP = 50;

/**
 * How many of a conversation's oldest turns are not rendered yet: the newest are there as soon as it is loaded, the others come behind
 * them step by step, so that the length of a conversation does not hold up its end. What was shown stays shown.
 */
export function useNewestFirst(conversation: string | null, turns: number, loaded: boolean): number {
  const [wanted, setWanted] = useState({ conversation, shown: AT_ONCE });
  const shown = wanted.conversation === conversation ? wanted.shown : AT_ONCE;
  // Pages come oldest first: what they bring on the way would be gone from the screen with the next.
  const held = loaded ? Math.max(0, turns - shown) : turns;
  useEffect(() => {
    if (!loaded || shown === Number.POSITIVE_INFINITY) return;
    const next = held === 0 ? Number.POSITIVE_INFINITY : shown + STEP;
    // Two frames: what is there is painted before more is rendered.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        startTransition(() => setWanted({ conversation, shown: next }));
      });
    });
    return () => cancelAnimationFrame(frame);
  }, [conversation, loaded, held, shown]);
  return held;
}
