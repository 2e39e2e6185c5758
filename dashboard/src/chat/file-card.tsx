import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download, FileSpreadsheet, FileText, FolderOpen, Image as ImageIcon } from "lucide-react";
import { memo, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/client";
import { downloadUrl, fileQuery } from "~/api/files";
import { DataTable } from "~/files/data-table";
import { fileKind } from "~/files/kinds";
import { parentOf } from "~/files/paths";
import { tableQuery } from "~/files/table-query";
import { useBlobUrl } from "~/files/use-blob-url";
import { useFormat } from "~/lib/format";
import type { FilePart } from "~/live/transcript";
import { buttonClass } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { baseName } from "./tool-words";

/** Larger tables are not fetched for a glance at their first rows. */
const TABLE_BYTES = 5_000_000;
const TABLE_ROWS = 50;

/** Something that was made: a picture or the start of a table in place, anything else as a line to download. */
export const FileCard = memo(function FileCard({ file }: { file: FilePart }) {
  const kind = fileKind(file.path);
  if (kind === "image") return <ImageCard file={file} />;
  if (kind === "table" && file.size <= TABLE_BYTES) return <TableCard file={file} />;
  return <Frame file={file} />;
});

function Frame({ file, note, children }: { file: FilePart; note?: string; children?: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = baseName(file.path);
  const kind = fileKind(file.path);
  const Icon =
    kind === "image" ? ImageIcon : kind === "table" || /\.xlsx?$/.test(name) ? FileSpreadsheet : FileText;
  return (
    <figure className="overflow-hidden rounded-xl border border-line bg-raised">
      <figcaption className="flex min-h-11 items-center gap-2.5 py-1 pr-1.5 pl-3 text-[0.875rem]">
        <Icon aria-hidden className="size-4.5 shrink-0 text-muted" />
        <span className="min-w-0 flex-1 truncate">
          <span className="font-medium">{name}</span>{" "}
          <span className="figures text-[0.8125rem] text-muted">{note ?? format.bytes(file.size)}</span>
        </span>
        <Link
          to="/files"
          search={{ path: parentOf(file.path), open: file.path }}
          className={buttonClass("quiet", "icon", "size-8")}
          aria-label={`${t("file.open")}: ${name}`}
          title={t("file.open")}
        >
          <FolderOpen />
        </Link>
        <a
          href={downloadUrl(file.path)}
          download={name}
          className={buttonClass("quiet", "icon", "size-8")}
          aria-label={`${t("common.download")}: ${name}`}
          title={t("common.download")}
        >
          <Download />
        </a>
      </figcaption>
      {children && <div className="border-line border-t">{children}</div>}
    </figure>
  );
}

function ImageCard({ file }: { file: FilePart }) {
  const { t } = useTranslation();
  const [large, setLarge] = useState(false);
  const { data, error } = useQuery(fileQuery(file.path, file.at));
  const url = useBlobUrl(data?.blob, file.path);
  const name = baseName(file.path);
  const alt = t("file.image", { name });
  return (
    <Frame file={file}>
      {error ? (
        <Failed error={error} />
      ) : url ? (
        <button
          type="button"
          className="block w-full bg-[#fff] p-2"
          aria-label={t("file.enlarge", { name })}
          onClick={() => setLarge(true)}
        >
          <img src={url} alt={alt} className="mx-auto max-h-[28rem] w-auto max-w-full" />
        </button>
      ) : (
        <div className="h-72" aria-busy />
      )}
      {large && url && (
        <Dialog title={name} onClose={() => setLarge(false)} wide>
          <img src={url} alt={alt} className="mx-auto rounded-lg bg-[#fff]" />
        </Dialog>
      )}
    </Frame>
  );
}

function TableCard({ file }: { file: FilePart }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error } = useQuery(tableQuery(file.path, file.at));
  if (error) {
    return (
      <Frame file={file}>
        <Failed error={error} />
      </Frame>
    );
  }
  const total = Math.max(0, (data?.length ?? 1) - 1);
  const note =
    total > TABLE_ROWS
      ? t("file.rows", { shown: TABLE_ROWS, total: format.number(total) })
      : t("file.allRows", { count: total });
  return (
    <Frame file={file} {...(data ? { note } : {})}>
      {data && total === 0 ? (
        <p className="p-3 text-muted">{t("file.empty")}</p>
      ) : data ? (
        <DataTable rows={data.slice(0, TABLE_ROWS + 1)} className="max-h-80" />
      ) : (
        <div className="h-40" aria-busy />
      )}
    </Frame>
  );
}

function Failed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const gone = error instanceof ApiError && error.status === 404;
  return <p className="p-3 text-[0.875rem] text-muted">{gone ? t("file.gone") : t("file.failed")}</p>;
}
