import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "~/lib/format";
import type { CheckResult } from "~/live/protocol";
import { checkText, foundText } from "./spec-words";

/** What the definition of done found, line by line. */
export function ChecksView({ checks }: { checks: readonly CheckResult[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const met = checks.filter((result) => result.met).length;
  return (
    <section className="rounded-xl border border-line bg-raised" aria-label={t("agents.done.title")}>
      <p className="border-line border-b px-3 py-2 font-medium text-[0.875rem]">
        {t("agents.done.title")}
        <span className="figures ml-2 font-normal text-muted">
          {t("agents.done.summary", { met, total: checks.length })}
        </span>
      </p>
      <ul className="space-y-1 px-3 py-2 text-[0.875rem]">
        {checks.map((result) => (
          <li key={JSON.stringify(result.check)} className="flex items-start gap-2">
            {result.met ? (
              <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
            ) : (
              <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
            )}
            <span className="sr-only">{result.met ? t("agents.done.met") : t("agents.done.unmet")}:</span>
            <span className="min-w-0">
              {checkText(t, format, result.check)}
              {!result.met && <span className="text-bad"> — {foundText(t, format, result)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
