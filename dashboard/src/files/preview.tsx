import { useQuery } from "@tanstack/react-query";
import { Download, ExternalLink, FileQuestion, X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileEntry } from "~/api/client";
import { downloadUrl, fileQuery } from "~/api/files";
import { useFormat } from "~/lib/format";
import { Calm } from "~/shell/page-error";
import { buttonClass, IconButton } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { DataTable } from "./data-table";
import { type FileKind, fileKind } from "./kinds";
import { nameOf } from "./paths";
import { tableQuery } from "./table-query";
import { useBlobUrl } from "./use-blob-url";

const Editor = lazy(() => import("./editor").then((module) => ({ default: module.Editor })));

/** Above these a browser tab is the wrong place to look at a file. */
const LIMITS: Record<FileKind, number> = {
  image: 30_000_000,
  pdf: 50_000_000,
  table: 20_000_000,
  text: 2_000_000,
  other: 0,
};

interface Props {
  path: string;
  entry: FileEntry | null;
  onClose(): void;
  onSaved(): void;
}

export function Preview({ path, entry, onClose, onSaved }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = nameOf(path);
  const kind = fileKind(path);
  // A file without an ending is most often text; a small one is worth a try.
  const shown = kind === "other" && !name.includes(".") ? "text" : kind;
  const tooBig = entry !== null && entry.size > LIMITS[shown] && shown !== "other";
  return (
    <>
      <header className="flex min-h-13 items-center gap-2 border-line border-b py-1.5 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-medium">{name}</h2>
          {entry && <p className="figures text-[0.8125rem] text-muted">{format.bytes(entry.size)}</p>}
        </div>
        <a
          href={downloadUrl(path)}
          download={name}
          className={buttonClass("quiet", "icon")}
          aria-label={`${t("common.download")}: ${name}`}
          title={t("common.download")}
        >
          <Download />
        </a>
        <IconButton label={t("files.close")} onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <div className="flex min-h-0 flex-1 flex-col">
        {shown === "other" || tooBig ? (
          <NoPreview path={path}>{tooBig ? t("files.tooBig") : t("files.noPreview")}</NoPreview>
        ) : (
          <Body path={path} kind={shown} version={entry?.modified_at ?? ""} onSaved={onSaved} />
        )}
      </div>
    </>
  );
}

function NoPreview({ path, children }: { path: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Calm
      icon={<FileQuestion />}
      title={nameOf(path)}
      action={
        <a href={downloadUrl(path)} download={nameOf(path)} className={buttonClass("primary")}>
          <Download aria-hidden /> {t("common.download")}
        </a>
      }
    >
      {children}
    </Calm>
  );
}

function Body(props: { path: string; kind: FileKind; version: string; onSaved(): void }) {
  if (props.kind === "table") return <TableBody {...props} />;
  if (props.kind === "text") return <TextBody {...props} />;
  return <BlobBody {...props} />;
}

function TableBody({ path, version }: { path: string; version: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(tableQuery(path, version));
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <div aria-busy className="flex-1" />;
  if (data.length < 2) return <p className="p-4 text-muted">{t("file.empty")}</p>;
  return <DataTable rows={data} className="min-h-0 flex-1" />;
}

function TextBody({ path, version, onSaved }: { path: string; version: string; onSaved(): void }) {
  // The version it was opened at: one's own saving must not load the editor anew, and a foreign change is told on saving.
  const [opened] = useState(version);
  const { data, error, refetch } = useQuery({ ...fileQuery(path, opened), gcTime: 0 });
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <div aria-busy className="flex-1" />;
  return (
    <Suspense fallback={<div aria-busy className="flex-1" />}>
      <Editor path={path} body={data} onSaved={onSaved} />
    </Suspense>
  );
}

function BlobBody({ path, kind, version }: { path: string; kind: FileKind; version: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(fileQuery(path, version));
  const url = useBlobUrl(data?.blob, path);
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!url) return <div aria-busy className="flex-1" />;
  if (kind === "image") {
    return (
      <div className="thin-scroll grid min-h-0 flex-1 place-items-center overflow-auto bg-sunken p-4">
        <img src={url} alt={t("file.image", { name: nameOf(path) })} className="rounded-lg bg-[#fff]" />
      </div>
    );
  }
  return (
    <div className="grid flex-1 place-items-center">
      <a href={url} target="_blank" rel="noopener" className={buttonClass("primary")}>
        <ExternalLink aria-hidden /> {t("file.openPdf")}
      </a>
    </div>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry(): void }) {
  return (
    <div className="p-4">
      <ErrorNotice error={error} onRetry={onRetry} />
    </div>
  );
}
