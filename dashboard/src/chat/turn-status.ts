import type { TFunction } from "i18next";
import type { Turn } from "~/live/transcript";
import { toolWords } from "./tool-words";

type StatusKey = keyof typeof import("../i18n/en").en.status;

/** Labels the server sends, and their words; a label that is not known here says only that work goes on. */
const LABELS: Readonly<Record<string, StatusKey>> = {
  thinking: "thinking",
  requesting: "thinking",
  starting: "starting",
  workspace_starting: "starting",
  compacting: "compacting",
  installing: "installing",
  reading: "reading",
  analysing: "analysing",
  analyzing: "analysing",
  memory_warning: "memory",
  memory: "memory",
};

/** What is happening now, in one phrase. */
export function turnStatus(t: TFunction, turn: Turn, waitsForOther: boolean): string {
  if (turn.retrying) {
    const { attempt } = turn.retrying;
    return attempt ? t("status.retryingAttempt", { attempt }) : t("status.retrying");
  }
  if (turn.state === "queued") return waitsForOther ? t("status.queued") : t("status.starting");
  const tool = turn.parts.findLast((part) => part.type === "tool" && part.endedAt === null);
  if (tool?.type === "tool") return toolWords(t, tool.name, tool.input).text;
  if (turn.status) {
    const key = LABELS[turn.status];
    return key ? t(`status.${key}`) : t("chat.working");
  }
  const last = turn.parts.at(-1);
  return last?.type === "text" && !last.stored ? t("status.writing") : t("status.thinking");
}
