import { useTranslation } from "react-i18next";
import type { SpecPartProps } from "./instruction-fields";

const RULES = ["failure", "success", "paused", "budget"] as const;

/** On what the owner is told. */
export function NotifyFields({ spec, onChange }: Omit<SpecPartProps, "errors">) {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend className="font-medium text-[0.875rem]">{t("agents.limits.notify")}</legend>
      <p className="mb-2 text-[0.8125rem] text-muted">{t("agents.limits.notifyHelp")}</p>
      <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2">
        {RULES.map((rule) => (
          <label key={rule} className="flex min-h-8 cursor-pointer items-center gap-2.5 text-[0.9375rem]">
            <input
              type="checkbox"
              checked={spec.notify[rule]}
              onChange={(event) => onChange({ notify: { ...spec.notify, [rule]: event.target.checked } })}
              className="size-4 shrink-0 accent-accent"
            />
            {t(`agents.limits.notifyOn.${rule}`)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
