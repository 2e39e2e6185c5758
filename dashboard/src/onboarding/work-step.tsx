import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "~/ui/button";
import { Screen, type StepProps } from "./screen";

const KINDS = ["sales", "finance", "marketing", "operations", "research"] as const;
/** As much as the server keeps. */
const LONGEST = 200;

/** What somebody does, in their words; a few are offered. */
export function WorkStep({ answers, change, onNext }: StepProps) {
  const { t } = useTranslation();
  const field = useId();
  return (
    <Screen
      title={t("onboarding.workTitle")}
      text={t("onboarding.workText")}
      actions={
        <Button look="primary" onClick={onNext}>
          {answers.occupation.trim() ? t("onboarding.next") : t("onboarding.skip")}
        </Button>
      }
    >
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">{t("onboarding.workTitle")}</legend>
        {KINDS.map((kind) => {
          const name = t(`onboarding.work.${kind}`);
          const chosen = answers.occupation === name;
          return (
            <button
              key={kind}
              type="button"
              aria-pressed={chosen}
              onClick={() => change({ occupation: chosen ? "" : name })}
              className="h-9 rounded-full border border-line px-4 hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent"
            >
              {name}
            </button>
          );
        })}
      </fieldset>
      <div>
        <label htmlFor={field} className="mb-1.5 block font-medium text-[0.875rem]">
          {t("onboarding.workLabel")}
        </label>
        <input
          id={field}
          value={answers.occupation}
          maxLength={LONGEST}
          placeholder={t("onboarding.workPlaceholder")}
          onChange={(event) => change({ occupation: event.target.value })}
          className="h-10 w-full rounded-lg border border-line-strong bg-bg px-3"
        />
      </div>
    </Screen>
  );
}
