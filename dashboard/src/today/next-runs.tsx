import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { NextRun } from "~/api/today";
import { useFormat } from "~/lib/format";
import { Band } from "./band";

/** What runs next, when, and for about how much. */
export function NextRuns({ next, now }: { next: readonly NextRun[]; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (next.length === 0) {
    return (
      <section aria-labelledby="next">
        <h2 id="next" className="mb-2 flex min-h-8 items-center font-semibold text-[0.9375rem]">
          {t("today.next")}
        </h2>
        <p className="text-[0.875rem] text-muted">{t("today.noNext")}</p>
      </section>
    );
  }
  return (
    <Band title={t("today.next")}>
      {next.map((run) => (
        <li
          key={`${run.agent_id} ${run.at}`}
          className="relative px-4 py-2.5 first:rounded-t-2xl last:rounded-b-2xl hover:bg-hover"
        >
          <div className="flex items-baseline justify-between gap-3">
            <Link
              to="/agents/$id"
              params={{ id: run.agent_id }}
              className="min-w-0 truncate font-medium text-[0.875rem] after:absolute after:inset-0 after:content-['']"
            >
              {run.agent_name}
            </Link>
            {run.expected_cost_usd !== null && (
              <span className="figures shrink-0 text-[0.8125rem] text-muted">
                {t("today.costAbout", { cost: format.money(run.expected_cost_usd) })}
              </span>
            )}
          </div>
          <p className="figures text-[0.8125rem] text-muted">
            <time dateTime={run.at} title={format.full(run.at)}>
              {format.ahead(run.at, now)}
            </time>
            {run.expected_cost_usd === null && ` · ${t("today.costUnknown")}`}
          </p>
        </li>
      ))}
    </Band>
  );
}
