import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiToken, makeToken, revokeToken, tokensQuery } from "~/api/tokens";
import { useFormat } from "~/lib/format";
import { Button } from "~/ui/button";
import { Confirm } from "~/ui/confirm";
import { CopyButton } from "~/ui/copy-button";
import { Dialog } from "~/ui/dialog";
import { Field, ONE_LINE } from "~/ui/field";
import { ErrorNotice } from "~/ui/notice";
import { Select } from "~/ui/select";
import { toasts } from "~/ui/toast-store";

const DAYS = ["7", "30", "90", "365"] as const;
type Days = (typeof DAYS)[number];

/** Tokens for programs: made, seen once, removed. */
export function TokenSettings() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<ApiToken | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3">
        <p className="min-w-0 flex-1 basis-56 text-[0.875rem] text-muted">
          {t("tokens.text")} {tokens.data?.length === 0 && t("tokens.empty")}
        </p>
        <Button onClick={() => setMaking(true)}>
          <Plus aria-hidden /> {t("tokens.new")}
        </Button>
      </div>
      {tokens.isError && (
        <div className="p-4">
          <ErrorNotice part error={tokens.error} onRetry={() => void tokens.refetch()} />
        </div>
      )}
      {tokens.data && tokens.data.length > 0 && (
        <ul className="divide-y divide-line">
          {tokens.data.map((token) => (
            <Line key={token.id} token={token} onRemove={() => setRemoving(token)} />
          ))}
        </ul>
      )}
      {making && <NewToken onMade={refresh} onClose={() => setMaking(false)} />}
      {removing && (
        <Confirm
          title={t("tokens.removeTitle", { name: removing.name })}
          action={t("tokens.remove")}
          danger
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await revokeToken(removing.id);
            toasts.show(t("tokens.removed", { name: removing.name }));
            await refresh();
          }}
        >
          {t("tokens.removeText")}
        </Confirm>
      )}
    </>
  );
}

function Line({ token, onRemove }: { token: ApiToken; onRemove(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { name, created_at, expires_at } = token;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
      <KeyRound aria-hidden className="size-4.5 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 basis-40">
        <span className="block truncate" title={name}>
          {name}
        </span>
        <span className="figures block text-[0.8125rem] text-muted">
          {t("tokens.made", { time: format.day(created_at) })} ·{" "}
          {expires_at ? t("tokens.ends", { time: format.day(expires_at) }) : t("tokens.endless")}
        </span>
      </span>
      <Button size="sm" look="quiet" aria-label={`${t("tokens.remove")}: ${name}`} onClick={onRemove}>
        {t("tokens.remove")}
      </Button>
    </li>
  );
}

function NewToken({ onMade, onClose }: { onMade(): Promise<unknown>; onClose(): void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [days, setDays] = useState<Days>("90");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      setMade((await makeToken(name.trim(), Number(days))).token);
      await onMade();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  if (made) return <Made token={made} onClose={onClose} />;
  return (
    <Dialog title={t("tokens.newTitle")} onClose={onClose}>
      <form className="space-y-5" onSubmit={(event) => void submit(event)}>
        <Field label={t("tokens.name")}>
          {(ids) => (
            <input
              {...ids}
              value={name}
              maxLength={80}
              autoComplete="off"
              placeholder={t("tokens.namePlaceholder")}
              onChange={(event) => setName(event.target.value)}
              className={ONE_LINE}
            />
          )}
        </Field>
        <Field label={t("tokens.expires")}>
          {(ids) => (
            <Select
              {...ids}
              value={days}
              onChange={setDays}
              options={DAYS.map((value) => ({ value, label: t("tokens.days", { days: value }) }))}
            />
          )}
        </Field>
        {error !== null && <ErrorNotice error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" disabled={busy || name.trim() === ""}>
            {t("tokens.make")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The one time that the token's text is on a screen. */
function Made({ token, onClose }: { token: string; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("tokens.madeTitle")} onClose={onClose}>
      <p className="text-muted">{t("tokens.madeText")}</p>
      <div className="mt-4 flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <Field label={t("tokens.token")}>
            {(ids) => (
              <input
                {...ids}
                readOnly
                value={token}
                onFocus={(event) => event.target.select()}
                className={`${ONE_LINE} font-mono text-[0.875rem]`}
              />
            )}
          </Field>
        </div>
        <CopyButton text={token} label={t("common.copy")} />
      </div>
      <div className="mt-5 flex justify-end">
        <Button look="primary" onClick={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Dialog>
  );
}
