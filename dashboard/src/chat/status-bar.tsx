import { useQuery } from "@tanstack/react-query";
import { CircleCheck, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { workspaceQuery } from "~/api/session";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { modelName } from "~/lib/model-name";
import type { Turn } from "~/live/transcript";
import { conversationTotals } from "./conversation-totals";
import { turnStatus } from "./turn-status";

/** What Claude is doing; then the model that answered, what the conversation has used, and the workspace's memory. */
export function StatusBar({ turns, active }: { turns: readonly Turn[]; active: Turn | null }) {
  const { t } = useTranslation();
  return (
    <section
      aria-label={t("bar.label")}
      className="mx-auto flex w-full max-w-[48rem] flex-wrap items-center justify-between gap-x-4 px-4 pb-2 text-[0.75rem] text-muted md:text-[0.8125rem]"
    >
      <Activity turn={active} />
      <Figures turns={turns} />
    </section>
  );
}

function Activity({ turn }: { turn: Turn | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(500, turn !== null);
  if (!turn) {
    return (
      <span className="flex items-center gap-1.5">
        <CircleCheck aria-hidden className="size-3.5 text-ok" /> {t("bar.idle")}
      </span>
    );
  }
  const since = Date.parse(turn.startedAt ?? turn.queuedAt ?? "");
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <LoaderCircle aria-hidden className="spinning size-3.5 shrink-0 text-accent" />
      <span className="truncate text-ink">{turnStatus(t, turn, false)}</span>
      {Number.isFinite(since) && <span className="figures shrink-0">{format.duration(now - since)}</span>}
    </span>
  );
}

function Figures({ turns }: { turns: readonly Turn[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: workspace } = useQuery(workspaceQuery);
  const totals = conversationTotals(turns);
  const model = totals.model ?? workspace?.model;
  const memory = workspace?.memory_bytes;
  const limit = workspace?.memory_limit_bytes;
  return (
    <dl className="figures flex flex-wrap items-center gap-x-2.5 md:gap-x-4">
      {model && (
        <Figure name={t("bar.model")} title={workspace?.demo ? t("workspace.demoHelp") : model}>
          {workspace?.demo ? t("bar.demo", { model: modelName(model) }) : modelName(model)}
        </Figure>
      )}
      {totals.tokens > 0 && (
        <>
          <Figure name={t("bar.tokens")} title={t("bar.ofConversation")}>
            {t("outcome.tokens", { amount: format.number(totals.tokens) })}
          </Figure>
          <Figure name={t("bar.cost")} title={t("bar.ofConversation")}>
            {format.money(totals.costUsd)}
          </Figure>
        </>
      )}
      {memory != null && (
        <Figure
          name={t("bar.memory")}
          title={
            limit ? t("workspace.memoryOf", { used: format.bytes(memory), limit: format.bytes(limit) }) : ""
          }
        >
          {t("bar.memoryUsed", { amount: format.bytes(memory) })}
        </Figure>
      )}
    </dl>
  );
}

function Figure({ name, title, children }: { name: string; title: string; children: string }) {
  return (
    <div title={title}>
      <dt className="sr-only">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
