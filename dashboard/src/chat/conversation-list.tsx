import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Plus, Search } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "~/api/client";
import {
  conversationsQuery,
  deleteConversation,
  renameConversation,
  titleInCache,
} from "~/api/conversations";
import { errorText } from "~/api/words";
import { useComposedText } from "~/lib/composed-text";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { deleteWithUndo } from "~/ui/undo";
import { ConversationRow } from "./conversation-row";
import { groupByAge } from "./group-by-age";

const RenameDialog = lazy(() =>
  import("~/ui/rename-dialog").then((module) => ({ default: module.RenameDialog })),
);

export function ConversationList({
  current,
  onNew,
  onPick,
}: {
  current: string | null;
  onNew(): void;
  onPick(): void;
}) {
  const { t, i18n } = useTranslation();
  const list = useInfiniteQuery(conversationsQuery);
  const query = useComposedText();
  const [renaming, setRenaming] = useState<Conversation | null>(null);
  const { hidden, remove } = useRemove(current);

  const all = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const wanted = query.text.trim().toLocaleLowerCase(i18n.language);
  const shown = all.filter(
    (item) => !hidden.has(item.id) && item.title.toLocaleLowerCase(i18n.language).includes(wanted),
  );
  // A search is over all conversations, not only over those that happen to be loaded.
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (wanted && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [wanted, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const rename = useRename();
  return (
    <>
      <div className="flex flex-col gap-2 p-3 pb-2">
        <Button onClick={onNew} className="justify-start!">
          <Plus aria-hidden /> {t("chat.new")}
        </Button>
        <label className="relative block">
          <span className="sr-only">{t("chat.search")}</span>
          <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-muted" />
          <input
            {...query.field}
            type="search"
            placeholder={t("chat.search")}
            onKeyDown={(event) => event.key === "Escape" && !event.nativeEvent.isComposing && query.set("")}
            className="h-9 w-full rounded-lg bg-sunken pr-2 pl-8.5 text-[0.875rem] outline-offset-0"
          />
        </label>
      </div>
      <div className="thin-scroll min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {list.isError && (
          <div className="pl-2.5">
            <ErrorNotice part error={list.error} onRetry={() => void list.refetch()} />
          </div>
        )}
        {list.isSuccess && all.length === 0 && (
          <p className="p-3 text-[0.875rem] text-muted">{t("chat.empty")}</p>
        )}
        {wanted && shown.length === 0 && list.isSuccess && !hasNextPage && (
          <p className="p-3 text-[0.875rem] text-muted">{t("chat.noMatch", { query: query.text.trim() })}</p>
        )}
        {groupByAge(shown, Date.now()).map(({ age, items }) => (
          <section key={age}>
            <h2 className="px-2.5 pt-3 pb-1 font-medium text-[0.75rem] text-muted">{t(`chat.${age}`)}</h2>
            <ul>
              {items.map((item) => (
                <ConversationRow
                  key={item.id}
                  item={item}
                  current={item.id === current}
                  onPick={onPick}
                  onRename={() => setRenaming(item)}
                  onDelete={() => remove(item)}
                />
              ))}
            </ul>
          </section>
        ))}
        {hasNextPage && !wanted && (
          <Button look="quiet" size="sm" className="mt-2 w-full" onClick={() => void fetchNextPage()}>
            {t("common.loadMore")}
          </Button>
        )}
      </div>
      <Suspense>
        {renaming && (
          <RenameDialog
            title={t("chat.renameTitle")}
            label={t("chat.renameLabel")}
            initial={renaming.title}
            onClose={() => setRenaming(null)}
            onSave={(title) => rename(renaming.id, title)}
          />
        )}
      </Suspense>
    </>
  );
}

function useRename() {
  const queries = useQueryClient();
  return async (id: string, title: string) => {
    titleInCache(queries, id, title);
    try {
      await renameConversation(id, title);
    } finally {
      await queries.invalidateQueries({ queryKey: ["conversations"] });
    }
  };
}

function useRemove(current: string | null) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const show = (id: string) => setHidden((set) => new Set([...set].filter((other) => other !== id)));
  const remove = (item: Conversation) => {
    if (item.id === current) void navigate({ to: "/chat" });
    deleteWithUndo(
      `conversation:${item.id}`,
      { text: t("chat.deleted"), undo: t("common.undo") },
      {
        hide: () => setHidden((set) => new Set([...set, item.id])),
        show: () => show(item.id),
        commit: () =>
          void deleteConversation(item.id)
            .then(() => queries.invalidateQueries({ queryKey: ["conversations"] }))
            .catch((error) => {
              show(item.id);
              toasts.show(errorText(t, error), { tone: "bad" });
            }),
      },
    );
  };
  return { hidden, remove };
}
