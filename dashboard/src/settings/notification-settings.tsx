import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, KeyRound, Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Channel,
  notificationSettingsQuery,
  putNotificationSettings,
  type NotificationSettings as Stored,
  sendTest,
} from "~/api/notifications";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { CopyButton } from "~/ui/copy-button";
import { Field, ONE_LINE } from "~/ui/field";
import { ErrorNotice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { Deliveries } from "./deliveries";
import { useSave } from "./use-save";

/** Where notifications go besides the dashboard, a try of each way, and what became of what was sent. */
export function NotificationSettings() {
  const { t } = useTranslation();
  const settings = useQuery(notificationSettingsQuery);
  return (
    <>
      <p className="px-4 py-3 text-[0.875rem] text-muted">{t("notifications.text")}</p>
      {settings.isError && (
        <div className="p-4">
          <ErrorNotice part error={settings.error} onRetry={() => void settings.refetch()} />
        </div>
      )}
      {settings.data && <Ways stored={settings.data} />}
      <Deliveries />
    </>
  );
}

function Ways({ stored }: { stored: Stored }) {
  const { t } = useTranslation();
  const save = useSave(["notifications"]);
  const [email, setEmail] = useState(stored.email ?? "");
  const [webhook, setWebhook] = useState(stored.webhook ?? "");
  const [secret, setSecret] = useState("");
  const changed = email !== (stored.email ?? "") || webhook !== (stored.webhook ?? "") || secret !== "";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const change = {
      email: email.trim() || null,
      webhook: webhook.trim() || null,
      ...(secret ? { webhook_secret: secret } : {}),
    };
    if (await save.run(() => putNotificationSettings(change), t("notifications.saved"))) setSecret("");
  };
  const wrong = (field: string, key: "email" | "webhook" | "secret") =>
    save.wrong.has(field) ? t(`notifications.invalid.${key}`) : undefined;
  return (
    <form className="space-y-5 p-4" noValidate onSubmit={(event) => void submit(event)}>
      <Field
        label={t("notifications.email")}
        help={t("notifications.emailHelp")}
        error={wrong("email", "email")}
        optional={<TestButton channel="email" ready={stored.email !== null && !changed} />}
      >
        {(ids) => (
          <input
            {...ids}
            type="email"
            autoComplete="email"
            value={email}
            placeholder={t("notifications.emailPlaceholder")}
            onChange={(event) => setEmail(event.target.value)}
            className={ONE_LINE}
          />
        )}
      </Field>
      <Field
        label={t("notifications.webhook")}
        help={t("notifications.webhookHelp")}
        error={wrong("webhook", "webhook")}
        optional={<TestButton channel="webhook" ready={stored.webhook !== null && !changed} />}
      >
        {(ids) => (
          <input
            {...ids}
            type="url"
            autoComplete="off"
            spellCheck={false}
            value={webhook}
            placeholder={t("notifications.webhookPlaceholder")}
            onChange={(event) => setWebhook(event.target.value)}
            className={ONE_LINE}
          />
        )}
      </Field>
      {webhook.trim() !== "" && (
        <Secret
          set={stored.webhook_secret_set}
          value={secret}
          error={wrong("webhook_secret", "secret")}
          onChange={setSecret}
        />
      )}
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={save.busy || !changed}>
          {t("notifications.save")}
        </Button>
      </div>
    </form>
  );
}

/** It goes in and never comes out; one that is made here can be copied until it is saved. */
function Secret({
  set,
  value,
  error,
  onChange,
}: {
  set: boolean;
  value: string;
  error: string | undefined;
  onChange(value: string): void;
}) {
  const { t } = useTranslation();
  const [made, setMade] = useState(false);
  const Icon = set ? CircleCheck : CircleDashed;
  return (
    <Field
      label={t("notifications.secret")}
      help={value && made ? t("notifications.secretOnce") : t("notifications.secretHelp")}
      error={error}
      optional={
        <span className={`flex items-center gap-1.5 text-[0.8125rem] ${set ? "text-ok" : "text-muted"}`}>
          <Icon aria-hidden className="size-4" />
          {set ? t("notifications.secretSet") : t("notifications.secretUnset")}
        </span>
      }
    >
      {(ids) => (
        <div className="flex flex-wrap items-center gap-2">
          <input
            {...ids}
            type={made ? "text" : "password"}
            autoComplete="off"
            spellCheck={false}
            value={value}
            placeholder={t("notifications.secretNew")}
            onChange={(event) => {
              setMade(false);
              onChange(event.target.value);
            }}
            className={`${ONE_LINE} min-w-0 flex-1 basis-56`}
          />
          {made && value && <CopyButton text={value} label={t("notifications.secretCopy")} />}
          <Button
            onClick={() => {
              setMade(true);
              onChange(newSecret());
            }}
          >
            <KeyRound aria-hidden /> {t("notifications.secretMake")}
          </Button>
        </div>
      )}
    </Field>
  );
}

/** 256 bits, in letters that every program takes. */
function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function TestButton({ channel, ready }: { channel: Channel; ready: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  if (!ready) return null;
  const test = async () => {
    setBusy(true);
    try {
      await sendTest(channel);
      await queries.invalidateQueries({ queryKey: ["notifications", "deliveries"] });
      toasts.show(t("notifications.testSent"));
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="sm" disabled={busy} onClick={() => void test()}>
      <Send aria-hidden /> {t(`notifications.testOf.${channel}`)}
    </Button>
  );
}
