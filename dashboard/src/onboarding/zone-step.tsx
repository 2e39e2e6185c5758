import { useId } from "react";
import { useTranslation } from "react-i18next";
import { type Language, setLanguage } from "~/i18n";
import { LANGUAGES } from "~/shell/preferences";
import { Button } from "~/ui/button";
import { Segments } from "~/ui/segments";
import { useClockIn, ZoneSelect } from "~/ui/zone-select";
import { Screen, type StepProps } from "./screen";

/** Language, and the zone in which "Monday at 8" is meant. */
export function ZoneStep({ answers, change, onNext }: StepProps) {
  const { t, i18n } = useTranslation();
  const zone = useId();
  const time = useClockIn(answers.timeZone);
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
        <ZoneSelect id={zone} value={answers.timeZone} onChange={(timeZone) => change({ timeZone })} />
        <p className="figures mt-1.5 text-[0.875rem] text-muted">{t("onboarding.zoneNow", { time })}</p>
      </div>
    </Screen>
  );
}
