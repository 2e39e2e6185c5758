import { FileText, TriangleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Attachment } from "./use-attachments";

export function AttachmentChips({
  items,
  onRemove,
}: {
  items: readonly Attachment[];
  onRemove(id: string): void;
}) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1.5 px-3 pt-3" aria-label={t("chat.attached")}>
      {items.map((item) => (
        <li
          key={item.id}
          className="flex items-center gap-2 rounded-lg border border-line bg-sunken py-1 pr-1 pl-2.5 text-[0.8125rem]"
        >
          {item.state === "failed" ? (
            <TriangleAlert aria-hidden className="size-4 text-bad" />
          ) : (
            <FileText aria-hidden className="size-4 text-muted" />
          )}
          <span className="max-w-48 truncate">{item.name}</span>
          {item.state === "uploading" && (
            <span className="figures text-muted">{t("composer.uploading", { percent: item.percent })}</span>
          )}
          {item.state === "failed" && <span className="text-bad">{t("composer.failed")}</span>}
          <button
            type="button"
            aria-label={t("composer.remove", { name: item.name })}
            onClick={() => onRemove(item.id)}
            className="grid size-6 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </li>
      ))}
    </ul>
  );
}
