import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, type AgentVersion, rollBack, versionsQuery } from "~/api/agents";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Button } from "~/ui/button";
import { Confirm } from "~/ui/confirm";
import { ErrorNotice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { useAgentActions } from "./actions";
import { VersionDiff } from "./version-diff";

/** Every state the agent has been in, what each changed, and the way back. */
export function VersionsTab({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const versions = useQuery(versionsQuery(agent.id));
  const { attempt } = useAgentActions();
  const [picked, setPicked] = useState<number | null>(null);
  const [asking, setAsking] = useState(false);
  const all = [...(versions.data ?? [])].sort((a, b) => b.version - a.version);
  const chosen = all.find(({ version }) => version === picked) ?? all[0];
  if (versions.isError) return <ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!chosen) return null;
  const before = all.find(({ version }) => version === chosen.version - 1);
  return (
    <div className="grid gap-6 md:grid-cols-[15rem_minmax(0,1fr)]">
      <ul className="thin-scroll max-h-[32rem] space-y-0.5 overflow-y-auto">
        {all.map((item) => (
          <li key={item.version}>
            <VersionButton
              item={item}
              chosen={item === chosen}
              current={item.version === agent.version}
              onPick={() => setPicked(item.version)}
            />
          </li>
        ))}
      </ul>
      <section className="min-w-0" aria-labelledby="version">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
          <h2 id="version" className="font-semibold">
            {t("agents.versions.number", { version: chosen.version })}
          </h2>
          {chosen.version !== agent.version && (
            <Button size="sm" onClick={() => setAsking(true)}>
              {t("agents.versions.restore")}
            </Button>
          )}
        </div>
        <VersionDiff before={before?.spec ?? null} after={chosen.spec} />
      </section>
      {asking && (
        <Confirm
          title={t("agents.versions.restoreTitle", { version: chosen.version })}
          action={t("agents.versions.restore")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await rollBack(agent.id, chosen.version);
            setPicked(null);
            toasts.show(t("agents.versions.restored", { version: chosen.version }));
            void attempt(async () => null);
          }}
        >
          {t("agents.versions.restoreText")}
        </Confirm>
      )}
    </div>
  );
}

function VersionButton({
  item,
  chosen,
  current,
  onPick,
}: {
  item: AgentVersion;
  chosen: boolean;
  current: boolean;
  onPick(): void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(30_000);
  const { note } = item;
  const how =
    note.change === "rolled_back"
      ? t("agents.versions.rolledBack", { version: note.to })
      : t(`agents.versions.${note.change}`);
  return (
    <button
      type="button"
      aria-current={chosen ? "true" : undefined}
      onClick={onPick}
      className="w-full rounded-lg px-3 py-2 text-left hover:bg-hover aria-[current=true]:bg-hover"
    >
      <span className="flex items-center justify-between gap-2 text-[0.875rem]">
        <span className="font-medium">{t("agents.versions.number", { version: item.version })}</span>
        {current && (
          <span className="rounded-full bg-accent-soft px-2 text-[0.75rem] text-accent">
            {t("agents.versions.current")}
          </span>
        )}
      </span>
      <span className="block truncate text-[0.8125rem] text-muted">
        {how} ·{" "}
        <time dateTime={item.created_at} title={format.full(item.created_at)}>
          {format.when(item.created_at, Math.max(now, Date.parse(item.created_at)))}
        </time>
      </span>
    </button>
  );
}
