import { FileArchive, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { zipUrl } from "~/api/files";
import { Button, buttonClass, IconButton } from "~/ui/button";
import { nameOf } from "./paths";
import type { Selection } from "./selection";

/** What can be done with the chosen files together. */
export function SelectionBar({
  folder,
  selection,
  onDelete,
}: {
  folder: string;
  selection: Selection;
  onDelete(): void;
}) {
  const { t } = useTranslation();
  const names = selection.selected.map(({ name }) => name);
  return (
    <div
      role="toolbar"
      aria-label={t("files.chosen", { count: names.length })}
      className="flex items-center gap-2"
    >
      <IconButton label={t("files.chooseNone")} onClick={selection.none}>
        <X />
      </IconButton>
      <span className="figures flex-1 font-medium">{t("files.chosen", { count: names.length })}</span>
      <a
        href={zipUrl(folder, names)}
        download={`${nameOf(folder) || t("files.root")}.zip`}
        className={buttonClass("plain")}
        aria-label={t("files.zip")}
      >
        <FileArchive aria-hidden /> <span className="max-sm:sr-only">{t("files.zip")}</span>
      </a>
      <Button look="danger" onClick={onDelete} aria-label={t("common.delete")}>
        <Trash2 aria-hidden /> <span className="max-sm:sr-only">{t("common.delete")}</span>
      </Button>
    </div>
  );
}
