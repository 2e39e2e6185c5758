import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "~/api/agents";
import { useNow } from "~/lib/hooks";
import { useGradually } from "~/lib/use-gradually";
import { Button, buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { AgentRow } from "./agent-row";
import { ImportButton } from "./import-button";
import { TemplateGallery } from "./template-gallery";

/** All agents; where there is none, what one could be. */
export function AgentsPage() {
  const { t } = useTranslation();
  const agents = useInfiniteQuery(agentsQuery);
  const now = useNow(15_000);
  const all = agents.data?.pages.flatMap((page) => page.items) ?? [];
  const held = useGradually("agents", all.length, agents.isSuccess);
  return (
    <Page
      title={t("agents.title")}
      actions={
        <>
          <ImportButton />
          <Link to="/agents/new" className={buttonClass("primary")}>
            <Plus aria-hidden /> {t("agents.new")}
          </Link>
        </>
      }
    >
      {agents.isError && <ErrorNotice error={agents.error} onRetry={() => void agents.refetch()} />}
      {all.length > 0 && (
        <>
          <ul className="divide-y divide-line rounded-2xl border border-line">
            {all.slice(0, all.length - held).map((agent) => (
              <AgentRow key={agent.id} agent={agent} now={now} />
            ))}
          </ul>
          {agents.hasNextPage && held === 0 && (
            <Button look="quiet" className="mt-3 self-center" onClick={() => void agents.fetchNextPage()}>
              {t("common.loadMore")}
            </Button>
          )}
        </>
      )}
      {agents.isSuccess && all.length === 0 && (
        <div className="mb-2 max-w-[46rem]">
          <h2 className="font-semibold text-lg">{t("agents.emptyTitle")}</h2>
          <p className="mt-1 text-muted">{t("agents.emptyText")}</p>
        </div>
      )}
      {agents.isSuccess && held === 0 && <TemplateGallery />}
    </Page>
  );
}
