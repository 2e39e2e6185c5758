import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { FileArchive, FolderPlus, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileEntry } from "~/api/client";
import { filesQuery, makeFolder, renameFile, zipUrl } from "~/api/files";
import { useMediaQuery } from "~/lib/hooks";
import { Button, buttonClass } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice } from "~/ui/notice";
import { RenameDialog } from "~/ui/rename-dialog";
import { useDropZone } from "~/ui/use-drop-zone";
import { Breadcrumb } from "./breadcrumb";
import { drafts } from "./drafts";
import { FileTable } from "./file-table";
import { FolderTree } from "./folder-tree";
import { joinPath, nameOf } from "./paths";
import { Preview } from "./preview";
import { useSelection } from "./selection";
import { SelectionBar } from "./selection-bar";
import { UploadPanel } from "./upload-panel";
import { uploads } from "./uploads";
import { useDeleteFiles } from "./use-delete-file";

/** The workspace's files: a folder at a time, and beside it the file that is open. */
export function FilesPage() {
  const { t } = useTranslation();
  const { path = "", open } = useSearch({ from: "/files" });
  const navigate = useNavigate();
  const roomy = useMediaQuery("(min-width: 60rem)");
  const wide = useMediaQuery("(min-width: 76rem)");
  const listing = useQuery(filesQuery(path));
  const refresh = useRefresh();
  const { hidden, remove } = useDeleteFiles(refresh);
  const drop = useDropZone((files) => uploads.add(path, files));
  const [dialog, setDialog] = useState<"folder" | FileEntry | null>(null);

  const show = (file: string | null) =>
    void navigate({ to: "/files", search: { ...(path ? { path } : {}), ...(file ? { open: file } : {}) } });
  const enter = (folder: string) => void navigate({ to: "/files", search: folder ? { path: folder } : {} });
  const entries = listing.data?.entries.filter((entry) => !hidden.has(joinPath(path, entry.name))) ?? [];
  const selection = useSelection(path, entries);
  const removeAll = (names: readonly string[]) => {
    const targets = names.map((name) => joinPath(path, name));
    if (open && targets.includes(open)) show(null);
    remove(targets);
  };
  const opened = entries.find((entry) => joinPath(path, entry.name) === open);
  const preview = open && (
    <Preview
      key={open}
      path={open}
      entry={opened ?? null}
      onClose={roomy ? () => show(null) : null}
      onSaved={refresh}
    />
  );

  return (
    <div className="flex min-h-0 flex-1">
      {wide && (
        <aside
          aria-label={t("files.folders")}
          className="thin-scroll w-52 shrink-0 overflow-y-auto border-line border-r"
        >
          <FolderTree path={path} onEnter={enter} />
        </aside>
      )}
      <section className="relative flex min-w-0 flex-1 flex-col" {...drop.handlers}>
        <header className="@container px-4 py-3">
          {selection.selected.length > 0 ? (
            <SelectionBar
              folder={path}
              selection={selection}
              onDelete={() => removeAll(selection.selected.map(({ name }) => name))}
            />
          ) : (
            <div className="flex flex-wrap items-center justify-between gap-2">
              <Breadcrumb path={path} onEnter={enter} />
              <Toolbar
                folder={path}
                onFolder={() => setDialog("folder")}
                onFiles={(files) => uploads.add(path, files)}
              />
            </div>
          )}
        </header>
        <div className="thin-scroll @container min-h-0 flex-1 overflow-y-auto px-4 pb-4">
          {listing.isError && <ErrorNotice error={listing.error} onRetry={() => void listing.refetch()} />}
          {listing.isSuccess && (
            <FileTable
              entries={entries}
              truncated={listing.data.truncated}
              openName={open ? nameOf(open) : null}
              onOpen={(entry) =>
                entry.kind === "directory"
                  ? enter(joinPath(path, entry.name))
                  : show(joinPath(path, entry.name))
              }
              onRename={setDialog}
              onDelete={(entry) => removeAll([entry.name])}
              selection={selection}
              folder={path}
            />
          )}
        </div>
        <UploadPanel />
        {drop.over && (
          <div className="pointer-events-none absolute inset-2 z-10 grid place-items-center rounded-2xl border-2 border-accent border-dashed bg-accent-soft/95 text-accent">
            <span className="flex items-center gap-2 font-medium">
              <Upload aria-hidden className="size-5" />
              {t("files.drop", { folder: path ? nameOf(path) : t("files.root") })}
            </span>
          </div>
        )}
      </section>
      {roomy && preview && (
        <aside className="flex w-[45%] max-w-[52rem] min-w-0 flex-col border-line border-l">{preview}</aside>
      )}
      {!roomy && open && preview && (
        <Dialog title={nameOf(open)} onClose={() => show(null)} wide>
          <div className="flex h-[70dvh] flex-col">{preview}</div>
        </Dialog>
      )}
      {dialog === "folder" && (
        <RenameDialog
          title={t("files.newFolder")}
          label={t("files.folderName")}
          initial=""
          action={t("files.create")}
          onClose={() => setDialog(null)}
          onSave={async (name) => {
            await makeFolder(joinPath(path, name));
            refresh();
          }}
        />
      )}
      {dialog && dialog !== "folder" && (
        <RenameDialog
          title={t("files.renameTitle", { name: dialog.name })}
          label={t("files.newName")}
          initial={dialog.name}
          onClose={() => setDialog(null)}
          onSave={async (name) => {
            const [from, to] = [joinPath(path, dialog.name), joinPath(path, name)];
            await renameFile(from, to);
            drafts.move(from, to);
            if (open === from) show(to);
            refresh();
          }}
        />
      )}
    </div>
  );
}

function useRefresh(): () => void {
  const queries = useQueryClient();
  const refresh = () => void queries.invalidateQueries({ queryKey: ["files"] });
  useEffect(() => {
    uploads.onDone = () => void queries.invalidateQueries({ queryKey: ["files"] });
    return () => {
      uploads.onDone = () => {};
    };
  }, [queries]);
  return refresh;
}

interface ToolbarProps {
  folder: string;
  onFolder(): void;
  onFiles(files: File[]): void;
}

function Toolbar({ folder, onFolder, onFiles }: ToolbarProps) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div className="flex gap-2">
      <a
        href={zipUrl(folder)}
        download={`${nameOf(folder) || t("files.root")}.zip`}
        aria-label={t("files.zipFolder")}
        title={t("files.zipFolder")}
        className={buttonClass("plain", "icon")}
      >
        <FileArchive aria-hidden />
      </a>
      <Button onClick={onFolder} className="@max-lg:w-9 @max-lg:px-0!">
        <FolderPlus aria-hidden /> <span className="@max-lg:sr-only">{t("files.newFolder")}</span>
      </Button>
      <Button look="primary" onClick={() => picker.current?.click()}>
        <Upload aria-hidden /> {t("files.upload")}
      </Button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </div>
  );
}
