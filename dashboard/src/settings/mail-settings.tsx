import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MailServer, mailServerQuery, putMailServer, type StoredMailServer, type Tls } from "~/api/mail";
import { Button } from "~/ui/button";
import { Field, ONE_LINE } from "~/ui/field";
import { ErrorNotice, Notice } from "~/ui/notice";
import { Select } from "~/ui/select";
import { useSave } from "./use-save";

/** How mail leaves this installation; for its owner. */
export function MailSettings() {
  const { t } = useTranslation();
  const stored = useQuery(mailServerQuery);
  return (
    <>
      <p className="px-4 py-3 text-[0.875rem] text-muted">{t("mail.text")}</p>
      {stored.isError && (
        <div className="p-4">
          <ErrorNotice part error={stored.error} onRetry={() => void stored.refetch()} />
        </div>
      )}
      {stored.data && <MailForm stored={stored.data} />}
    </>
  );
}

const TLS: readonly Tls[] = ["starttls", "tls", "none"];
const PORTS: Readonly<Record<Tls, number>> = { starttls: 587, tls: 465, none: 25 };

function MailForm({ stored }: { stored: StoredMailServer }) {
  const { t } = useTranslation();
  const save = useSave(["settings", "mail"]);
  const [form, setForm] = useState(() => ({
    host: stored.host ?? "",
    port: String(stored.port ?? PORTS.starttls),
    from: stored.from ?? "",
    user: stored.user ?? "",
    tls: stored.tls ?? ("starttls" as Tls),
    password: "",
  }));
  const put = (change: Partial<typeof form>) => setForm((now) => ({ ...now, ...change }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const server: MailServer = {
      host: form.host.trim(),
      port: Number(form.port) || 0,
      from: form.from.trim(),
      user: form.user.trim() || null,
      tls: form.tls,
    };
    const { password } = form;
    const done = await save.run(
      () => putMailServer(password ? { ...server, password } : server),
      t("mail.saved"),
    );
    if (done) put({ password: "" });
  };
  const wrong = (field: "host" | "port" | "from" | "user") =>
    save.wrong.has(field) ? t(`mail.invalid.${field}`) : undefined;
  return (
    <form
      className="grid gap-x-4 gap-y-5 p-4 sm:grid-cols-2"
      noValidate
      onSubmit={(event) => void submit(event)}
    >
      <Field label={t("mail.host")} error={wrong("host")}>
        {(ids) => (
          <input
            {...ids}
            value={form.host}
            spellCheck={false}
            placeholder={t("mail.hostPlaceholder")}
            onChange={(event) => put({ host: event.target.value })}
            className={ONE_LINE}
          />
        )}
      </Field>
      <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-4">
        <Field label={t("mail.tls")}>
          {(ids) => (
            <Select
              {...ids}
              value={form.tls}
              onChange={(tls) => {
                const usual = form.port === String(PORTS[form.tls]);
                put({ tls, ...(usual ? { port: String(PORTS[tls]) } : {}) });
              }}
              options={TLS.map((value) => ({ value, label: t(`mail.tlsKinds.${value}`) }))}
            />
          )}
        </Field>
        <Field label={t("mail.port")} error={wrong("port")}>
          {(ids) => (
            <input
              {...ids}
              inputMode="numeric"
              value={form.port}
              onChange={(event) => put({ port: event.target.value })}
              className={`${ONE_LINE} figures`}
            />
          )}
        </Field>
      </div>
      <Field label={t("mail.user")} help={t("mail.userHelp")} error={wrong("user")}>
        {(ids) => (
          <input
            {...ids}
            value={form.user}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => put({ user: event.target.value })}
            className={ONE_LINE}
          />
        )}
      </Field>
      <Field
        label={t("mail.password")}
        help={stored.password_set ? t("mail.passwordSet") : t("mail.passwordUnset")}
      >
        {(ids) => (
          <input
            {...ids}
            type="password"
            value={form.password}
            autoComplete="new-password"
            onChange={(event) => put({ password: event.target.value })}
            className={ONE_LINE}
          />
        )}
      </Field>
      <div className="sm:col-span-2">
        <Field label={t("mail.from")} help={t("mail.fromHelp")} error={wrong("from")}>
          {(ids) => (
            <input
              {...ids}
              value={form.from}
              spellCheck={false}
              placeholder={t("mail.fromPlaceholder")}
              onChange={(event) => put({ from: event.target.value })}
              className={ONE_LINE}
            />
          )}
        </Field>
      </div>
      {form.tls === "none" && (
        <div className="sm:col-span-2">
          <Notice tone="warn">{t("mail.tlsNone")}</Notice>
        </div>
      )}
      <div className="flex justify-end sm:col-span-2">
        <Button
          type="submit"
          look="primary"
          disabled={save.busy || form.host.trim() === "" || form.from.trim() === ""}
        >
          {t("mail.save")}
        </Button>
      </div>
    </form>
  );
}
