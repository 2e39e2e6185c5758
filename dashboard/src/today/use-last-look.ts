import { useEffect, useState } from "react";
import { markSeen } from "~/api/today";

/**
 * When the reader looked here before this visit, in milliseconds; null the first time. That they look now is told once, and
 * does not change what is marked as new while they do.
 */
export function useLastLook(seenAt: string | null): number | null {
  const [before] = useState(() => (seenAt === null ? null : Date.parse(seenAt)));
  useEffect(() => {
    // Should it not arrive, what is marked as new stays so until the next visit.
    markSeen().catch(() => undefined);
  }, []);
  return before;
}
