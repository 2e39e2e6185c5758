import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Wallet } from "lucide-react";
import { useTranslation } from "react-i18next";
import { budgetQuery } from "~/api/usage";
import { useFormat } from "~/lib/format";
import { buttonClass } from "~/ui/button";
import { toneOf } from "./budget";

const COLOURS = { ok: "bg-accent", near: "bg-warn", over: "bg-bad" };

/** What this month may cost and what it has cost, in words and as a bar. */
export function MonthBudget() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(budgetQuery);
  if (!data) return null;
  const spent = format.money(data.spent_usd);
  const limit = data.monthly_usd;
  const tone = toneOf(data.spent_usd, limit);
  return (
    <section
      aria-label={t("usage.budget")}
      className="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-2xl border border-line px-4 py-3"
    >
      <div className="flex min-w-0 flex-1 basis-72 items-start gap-3">
        <Wallet
          aria-hidden
          className={`mt-0.5 size-4.5 shrink-0 ${tone === "over" ? "text-bad" : tone === "near" ? "text-warn" : "text-muted"}`}
        />
        <div className="min-w-0 flex-1">
          <p className="font-medium">
            {limit === null
              ? t("usage.budgetNone", { spent })
              : t("usage.budgetSpent", { spent, limit: format.money(limit) })}
          </p>
          <p className="text-[0.875rem] text-muted">
            {limit === null
              ? t("usage.budgetNoneText")
              : t(tone === "over" ? "usage.budgetOver" : "usage.budgetRest", {
                  rest: format.money(Math.max(0, limit - data.spent_usd)),
                  at: format.at(data.to),
                })}
          </p>
          {limit !== null && (
            <div aria-hidden className="mt-2 h-1.5 max-w-[30rem] overflow-hidden rounded-full bg-sunken">
              <div
                className={`h-full rounded-full ${COLOURS[tone]}`}
                style={{ width: `${Math.min(100, (data.spent_usd / limit) * 100)}%` }}
              />
            </div>
          )}
        </div>
      </div>
      <Link to="/settings" hash="budget" className={buttonClass("plain", "sm")}>
        {t(limit === null ? "usage.budgetSet" : "usage.budgetChange")}
      </Link>
    </section>
  );
}
