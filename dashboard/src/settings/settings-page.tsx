import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { profileQuery, settingsQuery, signOut } from "~/api/session";
import { errorText } from "~/api/words";
import { type Language, setLanguage } from "~/i18n";
import { KeyboardHelp } from "~/shell/keyboard-help";
import { LANGUAGES, useTheme, useThemeOptions } from "~/shell/preferences";
import { startOver } from "~/shell/start-over";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Segments } from "~/ui/segments";
import { toasts } from "~/ui/toast-store";
import { BudgetSettings } from "./budget-settings";
import { MailSettings } from "./mail-settings";
import { ModelSettings } from "./model-settings";
import { NotificationSettings } from "./notification-settings";
import { Row, Section } from "./parts";
import { TokenSettings } from "./token-settings";
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
        {settings.isError && <ErrorNotice error={settings.error} onRetry={() => void settings.refetch()} />}
        {settings.data?.editable && (
          <Section title={t("settings.model")}>
            <ModelSettings model={settings.data.model} />
          </Section>
        )}
        <Section title={t("settings.budget")} id="budget">
          <BudgetSettings />
        </Section>
        <Section title={t("notifications.title")} id="notifications">
          <NotificationSettings />
        </Section>
        {settings.data?.editable && (
          <Section title={t("mail.title")} id="mail">
            <MailSettings />
          </Section>
        )}
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
        <Section title={t("tokens.title")} id="tokens">
          <TokenSettings />
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

function Account() {
  const { t } = useTranslation();
  const profile = useQuery(profileQuery);
  const leave = async () => {
    try {
      await signOut();
      startOver();
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
