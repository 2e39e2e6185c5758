import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileText, Folder, FolderOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Agent } from "~/api/agents";
import { ApiError, type FileEntry } from "~/api/client";
import { filesQuery } from "~/api/files";
import { joinPath } from "~/files/paths";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Calm } from "~/shell/page-error";
import { buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";

/** The agent's own folder, each entry a way into Files. */
export function FilesTab({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const files = useQuery(filesQuery(agent.folder));
  // The folder comes into being with the first run.
  const absent = files.error instanceof ApiError && files.error.status === 404;
  const entries = [...(files.data?.entries ?? [])].sort((a, b) => b.modified_at.localeCompare(a.modified_at));
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <p className="text-[0.875rem] text-muted">{t("agents.files.text")}</p>
        {!absent && (
          <Link to="/files" search={{ path: agent.folder }} className={buttonClass("plain", "sm")}>
            <FolderOpen aria-hidden /> {t("agents.files.open")}
          </Link>
        )}
      </div>
      {files.error && !absent && <ErrorNotice error={files.error} onRetry={() => void files.refetch()} />}
      {(absent || (files.isSuccess && entries.length === 0)) && (
        <Calm icon={<FolderOpen />} title={t("agents.files.empty")}>
          {t("agents.files.emptyText")}
        </Calm>
      )}
      {entries.length > 0 && (
        <ul className="divide-y divide-line rounded-2xl border border-line">
          {entries.map((entry) => (
            <Entry key={entry.name} entry={entry} folder={agent.folder} />
          ))}
        </ul>
      )}
    </>
  );
}

function Entry({ entry, folder }: { entry: FileEntry; folder: string }) {
  const format = useFormat();
  const now = useNow(30_000);
  const path = joinPath(folder, entry.name);
  const directory = entry.kind === "directory";
  const Icon = directory ? Folder : FileText;
  return (
    <li className="relative flex items-center gap-3 px-4 py-2.5 text-[0.875rem] first:rounded-t-2xl last:rounded-b-2xl hover:bg-hover">
      <Icon aria-hidden className="size-4.5 shrink-0 text-muted" />
      <Link
        to="/files"
        search={directory ? { path } : { path: folder, open: path }}
        className="min-w-0 flex-1 truncate after:absolute after:inset-0 after:content-['']"
      >
        {entry.name}
      </Link>
      <span className="figures text-muted max-sm:hidden">{directory ? "" : format.bytes(entry.size)}</span>
      <time
        dateTime={entry.modified_at}
        title={format.full(entry.modified_at)}
        className="w-36 text-right text-muted"
      >
        {format.when(entry.modified_at, Math.max(now, Date.parse(entry.modified_at)))}
      </time>
    </li>
  );
}
