import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "~/api/agents";
import { Button } from "~/ui/button";
import { ONE_LINE } from "~/ui/field";
import { Select } from "~/ui/select";
import { isNarrowed, type RunSearch, STATES, TIMES, TRIGGERS } from "./filter";

/** The choices above the list. Each is in the address at once. */
export function FilterBar({ search }: { search: RunSearch }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const go = (next: RunSearch) => void navigate({ to: "/runs", search: next, replace: true });
  const choose = <K extends keyof RunSearch>(key: K, value: string) => {
    const { [key]: _, ...rest } = search;
    go(value ? { ...rest, [key]: value } : rest);
  };
  const { time: _, from, to, ...rest } = search;
  const custom = from !== undefined || to !== undefined;
  return (
    <fieldset aria-label={t("runs.filters")} className="mb-4 flex flex-wrap gap-2 [&>span]:basis-40">
      <AgentSelect chosen={search.agent ?? ""} onChange={(agent) => choose("agent", agent)} />
      <Select
        label={t("runs.state")}
        value={search.state ?? ""}
        onChange={(state) => choose("state", state)}
        options={[
          { value: "", label: t("runs.anyState") },
          ...STATES.map((value) => ({ value, label: t(WORDS[value]) })),
        ]}
      />
      <Select
        label={t("runs.trigger")}
        value={search.trigger ?? ""}
        onChange={(trigger) => choose("trigger", trigger)}
        options={[
          { value: "", label: t("runs.anyTrigger") },
          ...TRIGGERS.map((value) => ({ value, label: t(`runs.triggers.${value}`) })),
        ]}
      />
      <Select
        label={t("runs.time")}
        value={custom ? "custom" : (search.time ?? "")}
        onChange={(time) => {
          if (time === "custom") return go({ ...rest, from: daysAgo(7), to: daysAgo(0) });
          go(time ? { ...rest, time } : rest);
        }}
        options={[
          { value: "", label: t("runs.anyTime") },
          ...TIMES.map((value) => ({ value, label: t(`runs.times.${value}`) })),
          { value: "custom" as const, label: t("runs.times.custom") },
        ]}
      />
      {custom && (
        <div className="flex flex-wrap items-center gap-2">
          <Day label={t("runs.from")} value={from} onChange={(day) => choose("from", day)} />
          <span aria-hidden>–</span>
          <Day label={t("runs.to")} value={to} onChange={(day) => choose("to", day)} />
        </div>
      )}
      {isNarrowed(search) && (
        <Button look="quiet" onClick={() => go({})}>
          <X aria-hidden /> {t("runs.clear")}
        </Button>
      )}
    </fieldset>
  );
}

const WORDS = {
  open: "runs.open",
  bad: "runs.badEnds",
  needs_you: "state.needs_you",
  failed: "state.failed",
  timed_out: "state.timed_out",
  interrupted: "state.interrupted",
  budget_stopped: "state.budget_stopped",
  unproved: "state.unproved",
  succeeded: "state.succeeded",
  cancelled: "state.cancelled",
} as const;

function AgentSelect({ chosen, onChange }: { chosen: string; onChange(agent: string): void }) {
  const { t } = useTranslation();
  const agents = useInfiniteQuery(agentsQuery);
  const known = agents.data?.pages.flatMap((page) => page.items) ?? [];
  const options = [
    { value: "", label: t("runs.anyAgent") },
    { value: "any", label: t("runs.onlyAgents") },
    { value: "chats", label: t("runs.onlyChats") },
    ...known.map(({ id, name }) => ({ value: id, label: name })),
  ];
  // An agent that was deleted still has its runs, and a link to them.
  if (!options.some(({ value }) => value === chosen))
    options.push({ value: chosen, label: t("runs.thisAgent") });
  return <Select label={t("runs.agent")} value={chosen} options={options} onChange={onChange} />;
}

function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange(day: string): void;
}) {
  return (
    <input
      type="date"
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
      className={`${ONE_LINE} w-auto`}
    />
  );
}

/** A day of the reader's calendar. */
function daysAgo(count: number): string {
  const day = new Date();
  day.setDate(day.getDate() - count);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
