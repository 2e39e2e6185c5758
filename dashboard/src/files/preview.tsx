import { useQuery } from "@tanstack/react-query";
import { Download, ExternalLink, FileQuestion, X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileEntry } from "~/api/client";
import { downloadUrl, fileQuery } from "~/api/files";
import { Markdown } from "~/chat/lazy-parts";
import { decodeText } from "~/lib/csv";
import { useFormat } from "~/lib/format";
import { Calm } from "~/shell/page-error";
import { buttonClass, IconButton } from "~/ui/button";
import { Segments } from "~/ui/segments";
import { DataTable } from "./data-table";
import { drafts } from "./drafts";
import { Failed } from "./failed";
import { type FileKind, fileKind } from "./kinds";
import { nameOf } from "./paths";
import { tableQuery } from "./table-query";
import { useBlobUrl } from "./use-blob-url";

const Editor = lazy(() => import("./editor").then((module) => ({ default: module.Editor })));

const SheetBody = lazy(() => import("./sheet-body").then((module) => ({ default: module.SheetBody })));

/** Above these a browser tab is the wrong place to look at a file. */
const LIMITS: Record<FileKind, number> = {
  image: 30_000_000,
  pdf: 50_000_000,
  table: 20_000_000,
  sheet: 10_000_000,
  text: 2_000_000,
  other: 0,
};

interface Props {
  path: string;
  entry: FileEntry | null;
  /** Null where there is a frame around the preview that has the file's name and a way to close it. */
  onClose: (() => void) | null;
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
      <header
        className={`flex items-center gap-2 border-line border-b py-1.5 ${onClose ? "min-h-13 pr-2 pl-4" : ""}`}
      >
        <div className="min-w-0 flex-1">
          {onClose && <h2 className="truncate font-medium">{name}</h2>}
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
        {onClose && (
          <IconButton label={t("files.close")} onClick={onClose}>
            <X />
          </IconButton>
        )}
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
  if (props.kind === "sheet") return <LazySheet {...props} />;
  if (props.kind === "text") return <TextBody {...props} />;
  return <BlobBody {...props} />;
}

function LazySheet(props: { path: string; version: string }) {
  return (
    <Suspense fallback={<div aria-busy className="flex-1" />}>
      <SheetBody {...props} />
    </Suspense>
  );
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
  const { t } = useTranslation();
  // The version it was opened at: one's own saving must not load the editor anew, and a foreign change is told on saving.
  const [opened, setOpened] = useState({ version, again: 0 });
  const query = fileQuery(path, `${opened.version}#${opened.again}`);
  const { data, error, refetch } = useQuery({ ...query, gcTime: 0 });
  const readable = /\.(?:md|markdown)$/i.test(path);
  const [mode, setMode] = useState<"read" | "edit">(readable && !drafts.get(path) ? "read" : "edit");
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <div aria-busy className="flex-1" />;
  const reload = () => setOpened({ version, again: opened.again + 1 });
  return (
    <>
      {readable && (
        <div className="flex shrink-0 justify-end border-line border-b px-2 py-1.5">
          <Segments
            label={t("files.mode")}
            value={mode}
            options={[
              { value: "read", label: t("files.read") },
              { value: "edit", label: t("files.write") },
            ]}
            onChange={(next) => {
              setMode(next);
              if (next === "read") reload();
            }}
          />
        </div>
      )}
      <Suspense fallback={<div aria-busy className="flex-1" />}>
        {mode === "read" ? (
          <Reading path={path} blob={data.blob} />
        ) : (
          <Editor key={opened.again} path={path} body={data} onSaved={onSaved} onReload={reload} />
        )}
      </Suspense>
    </>
  );
}

/** Markdown as it is meant to look, with what was changed and not saved. */
function Reading({ path, blob }: { path: string; blob: Blob }) {
  const { data } = useQuery({
    queryKey: ["file", path, "text", blob],
    queryFn: async () => decodeText(await blob.arrayBuffer()),
    gcTime: 0,
  });
  return (
    <section
      tabIndex={0}
      aria-label={nameOf(path)}
      className="thin-scroll min-h-0 flex-1 overflow-y-auto p-5"
    >
      <Markdown source={drafts.get(path)?.text ?? data ?? ""} />
    </section>
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
