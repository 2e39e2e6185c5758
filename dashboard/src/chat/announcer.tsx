import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Turn } from "~/live/transcript";
import { turnStatus } from "./turn-status";

/** A phase that lasts less than this is not worth interrupting a screen reader for. */
const SETTLED_MS = 700;

/** Says what is happening, phase by phase and never word by word, to those who listen. */
export function Announcer({ turn }: { turn: Turn | null }) {
  const { t } = useTranslation();
  const [said, setSaid] = useState("");
  const [watched, setWatched] = useState(false);
  const working = turn !== null && turn.outcome === null;
  if (working && !watched) setWatched(true);
  const phrase = !turn || !watched ? "" : working ? turnStatus(t, turn, false) : t(ending(turn));
  useEffect(() => {
    const timer = setTimeout(() => setSaid(phrase), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [phrase]);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {said}
    </div>
  );
}

function ending(turn: Turn) {
  if (turn.outcome?.state === "succeeded") return "status.announceDone" as const;
  return turn.outcome?.state === "cancelled"
    ? ("status.announceStopped" as const)
    : ("status.announceFailed" as const);
}
