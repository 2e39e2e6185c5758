import { useId } from "react";
import { useTranslation } from "react-i18next";
import { type Language, setLanguage } from "~/i18n";
import { useNow } from "~/lib/hooks";
import { LANGUAGES } from "~/shell/preferences";
import { Button } from "~/ui/button";
import { Segments } from "~/ui/segments";
import { Screen, type StepProps } from "./screen";

/** Language, and the zone in which "Monday at 8" is meant. */
export function ZoneStep({ answers, change, onNext }: StepProps) {
  const { t, i18n } = useTranslation();
  const zone = useId();
  const now = useNow(10_000);
  const clock = new Intl.DateTimeFormat(i18n.language === "ko" ? "ko-KR" : "en-US", {
    timeZone: answers.timeZone,
    weekday: "long",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (
    <Screen
      title={t("onboarding.zoneTitle")}
      text={t("onboarding.zoneText")}
      actions={
        <Button look="primary" onClick={onNext}>
          {t("onboarding.next")}
        </Button>
      }
    >
      <div>
        <div className="mb-1.5 font-medium text-[0.875rem]">{t("settings.language")}</div>
        <Segments
          label={t("settings.language")}
          value={i18n.language as Language}
          options={LANGUAGES}
          onChange={(language) => void setLanguage(language)}
        />
      </div>
      <div>
        <label htmlFor={zone} className="mb-1.5 block font-medium text-[0.875rem]">
          {t("onboarding.zone")}
        </label>
        <select
          id={zone}
          value={answers.timeZone}
          onChange={(event) => change({ timeZone: event.target.value })}
          className="h-10 w-full max-w-sm rounded-lg border border-line-strong bg-bg px-3"
        >
          {zones(answers.timeZone).map((name) => (
            <option key={name} value={name}>
              {name.replaceAll("_", " ")}
            </option>
          ))}
        </select>
        <p className="figures mt-1.5 text-[0.875rem] text-muted">
          {t("onboarding.zoneNow", { time: clock.format(now) })}
        </p>
      </div>
    </Screen>
  );
}

/** All zones the browser knows, and the chosen one: some browsers report a zone that they do not list. */
function zones(chosen: string): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), chosen])].toSorted();
}
