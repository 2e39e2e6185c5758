import { isOpen, type Run } from "~/api/runs";
import type { Turn } from "~/live/transcript";

/** What a run has to say: its result, or else the last it wrote so far. Null where it has said nothing. */
export function resultText(run: Run, turn: Turn | null): string | null {
  if (!isOpen(run.state)) return run.result ?? turn?.outcome?.result ?? lastText(turn);
  return lastText(turn);
}

function lastText(turn: Turn | null): string | null {
  const part = turn?.parts.findLast((candidate) => candidate.type === "text");
  return part?.type === "text" && part.text ? part.text : null;
}
