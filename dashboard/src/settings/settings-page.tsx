import { useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { profileQuery, settingsQuery, signOut } from "~/api/session";
import { errorText } from "~/api/words";
import { type Language, setLanguage } from "~/i18n";
import { KeyboardHelp } from "~/shell/keyboard-help";
import { LANGUAGES, useTheme, useThemeOptions } from "~/shell/preferences";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Segments } from "~/ui/segments";
import { toasts } from "~/ui/toast-store";
import { ModelSettings } from "./model-settings";
import { ZoneRow } from "./zone-row";

export function SettingsPage() {
  const { t, i18n } = useTranslation();
  const settings = useQuery(settingsQuery);
  const [theme, setTheme] = useTheme();
  const themes = useThemeOptions();
  const [help, setHelp] = useState(false);
  return (
    <Page title={t("settings.title")} width="narrow">
      <div className="space-y-8">
        <Section title={t("settings.model")}>
          {settings.isError && <ErrorNotice error={settings.error} onRetry={() => void settings.refetch()} />}
          {settings.data && <ModelSettings model={settings.data.model} />}
        </Section>
        <Section title={t("settings.appearance")}>
          <Row name={t("settings.language")}>
            <Segments
              label={t("settings.language")}
              value={i18n.language as Language}
              options={LANGUAGES}
              onChange={(language) => void setLanguage(language)}
            />
          </Row>
          <ZoneRow />
          <Row name={t("settings.theme")}>
            <Segments label={t("settings.theme")} value={theme} options={themes} onChange={setTheme} />
          </Row>
          <Row name={t("settings.keyboard")}>
            <Button onClick={() => setHelp(true)}>{t("settings.keyboardShow")}</Button>
          </Row>
        </Section>
        <Section title={t("settings.account")}>
          <Account />
        </Section>
        <Section title={t("settings.about")}>
          {settings.data && (
            <>
              <Row name={t("settings.version")}>
                <span className="figures text-muted">{settings.data.version}</span>
              </Row>
              <Row name={t("settings.limit")}>
                <span className="figures text-muted">{settings.data.limits.concurrent_runs}</span>
              </Row>
            </>
          )}
          <p className="px-4 py-3 text-[0.875rem] text-muted">{t("settings.licence")}</p>
        </Section>
      </div>
      {help && <KeyboardHelp onClose={() => setHelp(false)} />}
    </Page>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-2 font-semibold text-[0.9375rem]">{title}</h2>
      <div className="divide-y divide-line rounded-2xl border border-line">{children}</div>
    </section>
  );
}

export function Row({ name, help, children }: { name: string; help?: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <div className="font-medium">{name}</div>
        {help && <p className="mt-0.5 text-[0.875rem] text-muted">{help}</p>}
      </div>
      {children}
    </div>
  );
}

function Account() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const profile = useQuery(profileQuery);
  const leave = async () => {
    try {
      await signOut();
      await queries.invalidateQueries({ queryKey: ["profile"] });
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };
  return (
    <Row name={t("settings.signedInAs")} help={profile.data?.name ?? ""}>
      <Button onClick={() => void leave()}>
        <LogOut aria-hidden /> {t("settings.signOut")}
      </Button>
    </Row>
  );
}
