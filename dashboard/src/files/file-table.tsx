import {
  ArrowDown,
  ArrowUp,
  Download,
  Ellipsis,
  FileArchive,
  File as FileIcon,
  FileImage,
  FileSpreadsheet,
  FileText,
  Folder,
  FolderOpen,
  Pencil,
  Trash2,
} from "lucide-react";
import { useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { FileEntry } from "~/api/client";
import { downloadUrl, zipUrl } from "~/api/files";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Calm } from "~/shell/page-error";
import { buttonClass, IconButton } from "~/ui/button";
import { Menu, MenuItem } from "~/ui/menu";
import { drafts } from "./drafts";
import { fileKind } from "./kinds";
import { joinPath } from "./paths";
import type { Selection } from "./selection";

type Column = "name" | "size" | "modified";

interface Props {
  folder: string;
  entries: readonly FileEntry[];
  truncated: boolean;
  openName: string | null;
  onOpen(entry: FileEntry): void;
  onRename(entry: FileEntry): void;
  onDelete(entry: FileEntry): void;
  selection: Selection;
}

export function FileTable(props: Props) {
  const { t, i18n } = useTranslation();
  const [sorting, setSorting] = useState<{ by: Column; descending: boolean }>({
    by: "name",
    descending: false,
  });
  const rows = useMemo(
    () => sortEntries(props.entries, sorting.by, sorting.descending, i18n.language),
    [props.entries, sorting, i18n.language],
  );
  const now = useNow(30_000);
  const chosen = props.selection.selected.length;
  const unsaved = useSyncExternalStore(drafts.subscribe, drafts.paths);
  if (props.entries.length === 0) {
    return (
      <div className="flex h-full">
        <Calm icon={<FolderOpen />} title={t("files.empty")}>
          {t("files.emptyText")}
        </Calm>
      </div>
    );
  }
  const head = (by: Column, className: string) => (
    <th
      scope="col"
      aria-sort={sorting.by === by ? (sorting.descending ? "descending" : "ascending") : "none"}
      className={`whitespace-nowrap border-line border-b font-medium text-[0.8125rem] text-muted ${className}`}
    >
      <button
        type="button"
        className="inline-flex h-9 items-center gap-1 rounded px-2 hover:text-ink"
        onClick={() => setSorting({ by, descending: sorting.by === by && !sorting.descending })}
      >
        {t(`files.${by}`)}
        {sorting.by === by &&
          (sorting.descending ? (
            <ArrowDown aria-hidden className="size-3.5" />
          ) : (
            <ArrowUp aria-hidden className="size-3.5" />
          ))}
      </button>
    </th>
  );
  return (
    <>
      <table className="w-full table-fixed border-separate border-spacing-0">
        <thead className="sticky top-0 z-10 bg-bg">
          <tr>
            <th scope="col" className="w-10 border-line border-b">
              <Tick
                label={t("files.chooseAll")}
                checked={chosen === rows.length}
                some={chosen > 0}
                onChange={chosen === rows.length ? props.selection.none : props.selection.all}
              />
            </th>
            {head("name", "text-left")}
            {head("size", "w-24 text-right @max-md:hidden")}
            {head("modified", "w-44 text-left @max-xl:hidden")}
            <th className="w-20 border-line border-b">
              <span className="sr-only">{t("common.more")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((entry) => (
            <Row
              key={entry.name}
              entry={entry}
              now={now}
              unsaved={unsaved.includes(joinPath(props.folder, entry.name))}
              {...props}
            />
          ))}
        </tbody>
      </table>
      {props.truncated && <p className="p-3 text-[0.875rem] text-muted">{t("files.truncated")}</p>}
    </>
  );
}

function Row({
  entry,
  now,
  folder,
  openName,
  onOpen,
  onRename,
  onDelete,
  selection,
  unsaved,
}: Props & { entry: FileEntry; now: number; unsaved: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isFolder = entry.kind === "directory";
  const Icon = iconOf(entry);
  return (
    <tr className={`group hover:bg-hover ${openName === entry.name ? "bg-accent-soft" : ""}`}>
      <td className="border-line border-b text-center">
        <Tick
          label={t("files.choose", { name: entry.name })}
          checked={selection.has(entry.name)}
          onChange={() => selection.toggle(entry.name)}
        />
      </td>
      <td className="border-line border-b p-0">
        <button
          type="button"
          onClick={() => onOpen(entry)}
          className="flex h-11 w-full items-center gap-3 px-2 text-left outline-offset-[-2px]"
        >
          <Icon aria-hidden className={`size-4.5 shrink-0 ${isFolder ? "text-accent" : "text-muted"}`} />
          <span className="truncate">{entry.name}</span>
          {isFolder && <span className="sr-only">{t("files.folder")}</span>}
          {unsaved && (
            <span className="shrink-0 rounded-full bg-warn-soft px-2 py-0.5 text-[0.75rem] text-warn">
              {t("files.unsaved")}
            </span>
          )}
        </button>
      </td>
      <td className="border-line border-b px-2 text-right text-[0.875rem] text-muted @max-md:hidden">
        {isFolder ? "" : format.bytes(entry.size)}
      </td>
      <td className="truncate border-line border-b px-2 text-[0.875rem] text-muted @max-xl:hidden">
        <time dateTime={entry.modified_at} title={format.full(entry.modified_at)}>
          {format.when(entry.modified_at, now)}
        </time>
      </td>
      <td className="border-line border-b text-right">
        <span className="inline-flex">
          <a
            href={isFolder ? zipUrl(joinPath(folder, entry.name)) : downloadUrl(joinPath(folder, entry.name))}
            download={isFolder ? `${entry.name}.zip` : entry.name}
            aria-label={`${isFolder ? t("files.zip") : t("common.download")}: ${entry.name}`}
            title={isFolder ? t("files.zip") : t("common.download")}
            className={buttonClass("quiet", "icon")}
          >
            {isFolder ? <FileArchive /> : <Download />}
          </a>
          <Menu
            trigger={
              <IconButton label={t("common.menuFor", { name: entry.name })}>
                <Ellipsis />
              </IconButton>
            }
          >
            <MenuItem onSelect={() => onRename(entry)}>
              <Pencil /> {t("common.rename")}
            </MenuItem>
            <MenuItem danger onSelect={() => onDelete(entry)}>
              <Trash2 /> {t("common.delete")}
            </MenuItem>
          </Menu>
        </span>
      </td>
    </tr>
  );
}

interface TickProps {
  label: string;
  checked: boolean;
  some?: boolean;
  onChange(): void;
}

/** `some`: shown as neither on nor off, where a tick stands for many. */
function Tick({ label, checked, some = false, onChange }: TickProps) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      ref={(field) => {
        if (field) field.indeterminate = some && !checked;
      }}
      onChange={onChange}
      className="size-4 cursor-pointer align-middle accent-accent"
    />
  );
}

function iconOf(entry: FileEntry): typeof FileIcon {
  if (entry.kind === "directory") return Folder;
  const kind = fileKind(entry.name);
  if (kind === "image") return FileImage;
  if (kind === "table" || /\.xlsx?$/i.test(entry.name)) return FileSpreadsheet;
  return kind === "other" ? FileIcon : FileText;
}

/** Folders come first, whatever the order. */
function sortEntries(
  entries: readonly FileEntry[],
  by: Column,
  descending: boolean,
  language: string,
): FileEntry[] {
  const collator = new Intl.Collator(language, { numeric: true });
  const sign = descending ? -1 : 1;
  return entries.toSorted((a, b) => {
    if (a.kind !== b.kind) return a.kind === "directory" ? -1 : 1;
    if (by === "size") return (a.size - b.size) * sign;
    if (by === "modified") return (Date.parse(a.modified_at) - Date.parse(b.modified_at)) * sign;
    return collator.compare(a.name, b.name) * sign;
  });
}
