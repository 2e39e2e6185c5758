import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, CircleDashed, LoaderCircle, Moon } from "lucide-react";
import { Popover } from "radix-ui";
import { useTranslation } from "react-i18next";
import type { Workspace } from "~/api/client";
import { workspaceQuery } from "~/api/session";
import { useFormat } from "~/lib/format";
import { useMoving } from "~/live/context";
import { buttonClass } from "~/ui/button";

type Shown = "ready" | "starting" | "moving" | "asleep" | "needs_you" | "unknown";

const LOOK = {
  ready: { icon: CircleCheck, tone: "text-ok", word: "workspace.ready", help: "workspace.readyHelp" },
  starting: {
    icon: LoaderCircle,
    tone: "text-accent",
    word: "workspace.starting",
    help: "workspace.startingHelp",
  },
  moving: { icon: LoaderCircle, tone: "text-accent", word: "workspace.moving", help: "workspace.movingHelp" },
  asleep: { icon: Moon, tone: "text-muted", word: "workspace.stopped", help: "workspace.stoppedHelp" },
  needs_you: {
    icon: CircleAlert,
    tone: "text-warn",
    word: "workspace.needs_you",
    help: "workspace.needsYouHelp",
  },
  unknown: { icon: CircleDashed, tone: "text-muted", word: "workspace.unknown", help: "connection.help" },
} as const;

function shown(workspace: Workspace | undefined, moving: boolean): Shown {
  if (!workspace) return "unknown";
  if (!workspace.model_ready) return "needs_you";
  if (moving) return "moving";
  if (workspace.state === "absent" || workspace.state === "stopped") return "asleep";
  return workspace.state;
}

/** What state the workspace is in, in one word; the figures behind it on demand. */
export function WorkspaceChip() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(workspaceQuery);
  const state = shown(data, useMoving());
  const { icon: Icon, tone, word, help } = LOOK[state];
  return (
    <Popover.Root>
      <Popover.Trigger className="flex h-9 min-w-0 items-center gap-2 rounded-lg px-2.5 text-[0.8125rem] hover:bg-hover">
        <Icon aria-hidden className={`size-4 shrink-0 ${tone} ${Icon === LoaderCircle ? "spinning" : ""}`} />
        <span className="sr-only">{t("workspace.label")}: </span>
        <span className="whitespace-nowrap font-medium">{t(word)}</span>
        {data?.memory_bytes != null && state === "ready" && (
          <span className="figures text-muted max-sm:hidden">
            {t("workspace.memory")} {format.bytes(data.memory_bytes)}
          </span>
        )}
        {data?.demo && (
          <span className="rounded-full bg-accent-soft px-2 py-0.5 font-medium whitespace-nowrap text-accent">
            {t("workspace.demo")}
          </span>
        )}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={t("workspace.label")}
          className="rise z-40 w-[min(20rem,calc(100vw-1rem))] rounded-xl border border-line bg-raised p-4 shadow-float"
        >
          <p>{t(help)}</p>
          {data?.demo && <p className="mt-2 text-muted">{t("workspace.demoHelp")}</p>}
          {data && <Figures workspace={data} />}
          {state === "needs_you" && (
            <Popover.Close asChild>
              <Link to="/settings" className={buttonClass("primary", "sm", "mt-3")}>
                {t("workspace.addKey")}
              </Link>
            </Popover.Close>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Figures({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation();
  const format = useFormat();
  const used = workspace.memory_bytes;
  const limit = workspace.memory_limit_bytes;
  const rows: [string, string][] = [];
  if (used != null) {
    const memory = format.bytes(used);
    rows.push([
      t("workspace.memory"),
      limit ? t("workspace.memoryOf", { used: memory, limit: format.bytes(limit) }) : memory,
    ]);
  }
  if (workspace.cpu_percent != null) rows.push([t("workspace.cpu"), `${Math.round(workspace.cpu_percent)}%`]);
  if (workspace.model) rows.push([t("workspace.model"), workspace.model]);
  if (rows.length === 0) return null;
  return (
    <dl className="figures mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 border-line border-t pt-3 text-[0.8125rem]">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="text-right">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
