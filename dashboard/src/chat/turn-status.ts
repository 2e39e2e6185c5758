import type { TFunction } from "i18next";
import type { Status } from "~/live/protocol";
import type { Turn } from "~/live/transcript";
import { toolWords } from "./tool-words";

type StatusKey = keyof typeof import("../i18n/en").en.status;

const LABELS: Readonly<Record<Status, StatusKey>> = {
  starting_workspace: "startingWorkspace",
  moving_workspace: "movingWorkspace",
  starting_claude: "startingClaude",
  thinking: "thinking",
  composing: "composing",
  memory_lost: "memoryLost",
  memory_high: "memoryHigh",
  compacting: "compacting",
  reattached: "reattached",
};

/** What is happening now, in one phrase. */
export function turnStatus(t: TFunction, turn: Turn, waitsForOther: boolean): string {
  if (turn.retrying) {
    const { attempt, max, status } = turn.retrying;
    const key = status === null ? "unreachable" : status === 401 || status === 403 ? "keyRefused" : "busy";
    return t(`status.${key}`, { attempt, max });
  }
  if (turn.state === "queued") return waitsForOther ? t("status.queued") : t("status.startingClaude");
  const tool = turn.parts.findLast((part) => part.type === "tool" && part.endedAt === null);
  if (tool?.type === "tool") return toolWords(t, tool.name, tool.input).text;
  if (turn.status) {
    // A newer server may have labels that this page does not know: then work goes on, and that is all to say.
    return Object.hasOwn(LABELS, turn.status) ? t(`status.${LABELS[turn.status]}`) : t("chat.working");
  }
  const last = turn.parts.at(-1);
  return last?.type === "text" && !last.stored ? t("status.writing") : t("status.thinking");
}
