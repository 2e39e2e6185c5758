import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deleteFile } from "~/api/files";
import { errorText } from "~/api/words";
import { toasts } from "~/ui/toast-store";
import { deleteWithUndo } from "~/ui/undo";
import { drafts } from "./drafts";
import { nameOf } from "./paths";

/** Until the listing without the deleted ones is here, they stay hidden. */
const LISTED_WITHIN_MS = 1_000;

/** Deletes files once the time to take it back is over; until then they are only hidden. */
export function useDeleteFiles(onDeleted: () => void) {
  const { t } = useTranslation();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const show = (paths: readonly string[]) =>
    setHidden((all) => new Set([...all].filter((path) => !paths.includes(path))));

  const commit = async (paths: readonly string[]) => {
    const ends = await Promise.allSettled(paths.map((path) => deleteFile(path)));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) toasts.show(errorText(t, failed.reason), { tone: "bad" });
    for (const [index, path] of paths.entries()) if (ends[index]?.status === "fulfilled") drafts.drop(path);
    onDeleted();
    setTimeout(() => show(paths), failed ? 0 : LISTED_WITHIN_MS);
  };

  const remove = (paths: readonly string[]) => {
    const [first = ""] = paths;
    const text =
      paths.length === 1
        ? t("files.deleted", { name: nameOf(first) })
        : t("files.deletedMany", { count: paths.length });
    deleteWithUndo(
      `files:${paths.join("\n")}`,
      { text, undo: t("common.undo") },
      {
        hide: () => setHidden((all) => new Set([...all, ...paths])),
        show: () => show(paths),
        commit: () => void commit(paths),
      },
    );
  };
  return { hidden, remove };
}
