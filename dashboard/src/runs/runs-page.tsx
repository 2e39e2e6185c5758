import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { History, SearchX } from "lucide-react";
import { useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import { runsQuery } from "~/api/runs";
import { useNow } from "~/lib/hooks";
import { Calm } from "~/shell/page-error";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { isNarrowed, toFilter } from "./filter";
import { FilterBar } from "./filter-bar";
import { RunTable } from "./run-table";

export function RunsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: "/runs" });
  const now = useNow(60_000, search.time !== undefined);
  const runs = useInfiniteQuery(runsQuery(toFilter(search, now)));
  const scroller = useRef<HTMLDivElement>(null);
  const all = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = runs;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const narrowed = isNarrowed(search);
  return (
    <Page title={t("runs.title")} scroller={scroller}>
      {(narrowed || all.length > 0) && <FilterBar search={search} />}
      {runs.isError && <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isSuccess && all.length === 0 && (
        <Calm
          icon={narrowed ? <SearchX /> : <History />}
          title={narrowed ? t("runs.emptyFilter") : t("runs.empty")}
          action={
            narrowed && <Button onClick={() => void navigate({ to: "/runs" })}>{t("runs.clear")}</Button>
          }
        >
          {narrowed ? t("runs.emptyFilterText") : t("runs.emptyText")}
        </Calm>
      )}
      {all.length > 0 && <RunTable runs={all} scroller={scroller} onNearEnd={more} />}
      {isFetchingNextPage && (
        <p role="status" className="mt-3 self-center text-[0.875rem] text-muted">
          {t("common.loading")}
        </p>
      )}
    </Page>
  );
}
