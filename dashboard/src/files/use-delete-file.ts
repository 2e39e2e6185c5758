import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deleteFile } from "~/api/files";
import { errorText } from "~/api/words";
import { toasts } from "~/ui/toast-store";
import { deleteWithUndo } from "~/ui/undo";

/** Deletes a file once the time to take it back is over; until then it is only hidden. */
export function useDeleteFile(onDeleted: () => void) {
  const { t } = useTranslation();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const show = (path: string) => setHidden((all) => new Set([...all].filter((other) => other !== path)));
  const remove = (path: string, name: string) =>
    deleteWithUndo(
      `file:${path}`,
      { text: t("files.deleted", { name }), undo: t("common.undo") },
      {
        hide: () => setHidden((all) => new Set([...all, path])),
        show: () => show(path),
        commit: () =>
          void deleteFile(path)
            .then(onDeleted)
            .catch((error) => toasts.show(errorText(t, error), { tone: "bad" }))
            .finally(() => setTimeout(() => show(path), 1_000)),
      },
    );
  return { hidden, remove };
}
