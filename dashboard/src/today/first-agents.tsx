import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Clock, MessageSquareText, Wallet } from "lucide-react";
import { useTranslation } from "react-i18next";
import { scheduleText } from "~/agents/schedule-words";
import { type Template, templatesQuery } from "~/api/agents";
import type { Language } from "~/i18n";
import { useFormat } from "~/lib/format";
import { buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";

const SHOWN = 3;

/** For who has no agent yet: three to begin with, with what they cost and how long they take. */
export function FirstAgents() {
  const { t, i18n } = useTranslation();
  const templates = useQuery(templatesQuery(i18n.language as Language));
  return (
    <section aria-labelledby="first" className="m-auto w-full max-w-[60rem] py-6">
      <h2 id="first" className="font-semibold text-lg">
        {t("today.emptyTitle")}
      </h2>
      <p className="mt-1 max-w-[42rem] text-muted">{t("today.emptyText")}</p>
      {templates.isError && <ErrorNotice error={templates.error} onRetry={() => void templates.refetch()} />}
      <ul className="mt-5 grid gap-4 md:grid-cols-3">
        {templates.data?.slice(0, SHOWN).map((template) => (
          <Example key={template.id} template={template} />
        ))}
      </ul>
      <div className="mt-5 flex flex-wrap gap-2">
        <Link to="/agents" className={buttonClass()}>
          {t("today.allTemplates")}
        </Link>
        <Link to="/chat" className={buttonClass("quiet")}>
          <MessageSquareText aria-hidden /> {t("today.orChat")}
        </Link>
      </div>
    </section>
  );
}

function Example({ template }: { template: Template }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { time_limit_seconds, cost_limit_usd } = template.spec;
  return (
    <li className="flex flex-col rounded-2xl border border-line p-4">
      <h3 className="font-semibold">{template.name}</h3>
      <p className="mt-1 text-[0.875rem] text-muted">{template.summary}</p>
      <p className="mt-3 text-[0.875rem]">
        {template.schedule ? scheduleText(t, template.schedule, i18n.language) : t("proposal.none")}
      </p>
      <ul className="figures mt-3 mb-4 space-y-1 text-[0.8125rem] text-muted">
        <li className="flex items-center gap-2">
          <Clock aria-hidden className="size-4 shrink-0" />
          {t("today.takesAtMost", {
            time: format.duration(time_limit_seconds * 1_000).replace(/ 0(?: s|초)$/, ""),
          })}
        </li>
        <li className="flex items-center gap-2">
          <Wallet aria-hidden className="size-4 shrink-0" />
          {cost_limit_usd === null
            ? t("today.costUnknown")
            : t("today.costsAtMost", { cost: format.money(cost_limit_usd) })}
        </li>
      </ul>
      <Link
        to="/agents/new"
        search={{ template: template.id }}
        aria-label={t("today.useNamed", { name: template.name })}
        className={buttonClass("primary", "md", "mt-auto")}
      >
        {t("today.use")}
      </Link>
    </li>
  );
}
