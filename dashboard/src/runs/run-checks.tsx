import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { checkText, foundText } from "~/agents/spec-words";
import { useFormat } from "~/lib/format";
import type { CheckResult } from "~/live/protocol";

/** The definition of done, each line with its verdict. */
export function RunChecks({ checks }: { checks: readonly CheckResult[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const met = checks.filter((check) => check.met).length;
  return (
    <section className="mt-8" aria-labelledby="checks">
      <div className="mb-2 flex flex-wrap items-baseline gap-x-3">
        <h2 id="checks" className="font-semibold text-[0.9375rem]">
          {t("runs.checks")}
        </h2>
        <span className="figures text-[0.8125rem] text-muted">
          {t("agents.done.summary", { met: format.number(met), total: format.number(checks.length) })}
        </span>
      </div>
      <ul className="divide-y divide-line rounded-2xl border border-line">
        {checks.map((result) => {
          const Icon = result.met ? CircleCheck : CircleX;
          return (
            <li
              key={JSON.stringify(result.check)}
              className="flex flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-2.5 text-[0.875rem]"
            >
              <span
                className={`inline-flex w-28 shrink-0 items-center gap-1.5 ${result.met ? "text-ok" : "text-bad"}`}
              >
                <Icon aria-hidden className="size-4 shrink-0" />
                {result.met ? t("agents.done.met") : t("agents.done.unmet")}
              </span>
              <span className="min-w-0 flex-1 basis-60">{checkText(t, format, result.check)}</span>
              {!result.met && <span className="text-muted">{foundText(t, format, result)}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
