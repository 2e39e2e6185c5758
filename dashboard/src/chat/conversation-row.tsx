import { Link } from "@tanstack/react-router";
import { Ellipsis, LoaderCircle, Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "~/api/client";
import { Menu, MenuItem } from "~/ui/menu";

export function ConversationRow({
  item,
  current,
  onPick,
  onRename,
  onDelete,
}: {
  item: Conversation;
  current: boolean;
  onPick(): void;
  onRename(): void;
  onDelete(): void;
}) {
  const { t } = useTranslation();
  const title = item.title || t("chat.untitled");
  return (
    <li className="group relative">
      <Link
        to="/chat/$id"
        params={{ id: item.id }}
        onClick={onPick}
        aria-current={current ? "page" : undefined}
        className="flex h-9 items-center gap-2 rounded-lg pr-9 pl-2.5 text-[0.875rem] hover:bg-hover aria-[current=page]:bg-hover aria-[current=page]:font-medium"
      >
        <span className="min-w-0 flex-1 truncate">{title}</span>
        {item.active_run_id && (
          <>
            <LoaderCircle aria-hidden className="spinning size-3.5 shrink-0 text-accent" />
            <span className="sr-only">{t("chat.working")}</span>
          </>
        )}
      </Link>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={t("common.menuFor", { name: title })}
            className="absolute top-1 right-1 grid size-7 place-items-center rounded-md text-muted opacity-0 hover:text-ink focus-visible:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100"
          >
            <Ellipsis aria-hidden className="size-4" />
          </button>
        }
      >
        <MenuItem onSelect={onRename}>
          <Pencil /> {t("common.rename")}
        </MenuItem>
        <MenuItem danger onSelect={onDelete}>
          <Trash2 /> {t("common.delete")}
        </MenuItem>
      </Menu>
    </li>
  );
}
