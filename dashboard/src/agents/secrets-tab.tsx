import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Eye, KeyRound } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, deleteSecret, putSecret, secretsQuery } from "~/api/agents";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { Confirm } from "~/ui/confirm";
import { Field, ONE_LINE } from "~/ui/field";
import { ErrorNotice, Notice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";

const NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;

/** Values that go in and never come out again, but to the agent itself. */
export function SecretsTab({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const secrets = useQuery(secretsQuery(agent.id));
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [removing, setRemoving] = useState<string | null>(null);
  const value = useRef<HTMLInputElement>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: secretsQuery(agent.id).queryKey });
  const known = secrets.data ?? [];
  return (
    <div className="max-w-[46rem] space-y-5">
      <p className="text-muted">{t("agents.secrets.text")}</p>
      <Notice tone="warn">{t("agents.secrets.warning")}</Notice>
      {secrets.isError && <ErrorNotice error={secrets.error} onRetry={() => void secrets.refetch()} />}
      {known.length > 0 ? (
        <ul className="divide-y divide-line rounded-2xl border border-line">
          {known.map((secret) => (
            <li key={secret.name} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
              <KeyRound aria-hidden className="size-4.5 shrink-0 text-muted" />
              <span className="min-w-0 flex-1 font-mono text-[0.875rem]">{secret.name}</span>
              <span className="flex items-center gap-1.5 text-[0.8125rem] text-muted">
                <Eye aria-hidden className="size-4" /> {t("agents.secrets.readable")}
              </span>
              <Button
                size="sm"
                look="quiet"
                onClick={() => {
                  setName(secret.name);
                  value.current?.focus();
                }}
              >
                {t("agents.secrets.replace")}
              </Button>
              <Button size="sm" look="quiet" onClick={() => setRemoving(secret.name)}>
                {t("agents.secrets.remove")}
              </Button>
            </li>
          ))}
        </ul>
      ) : (
        secrets.isSuccess && <p className="text-[0.875rem] text-muted">{t("agents.secrets.empty")}</p>
      )}
      <SecretForm
        agentId={agent.id}
        name={name}
        onName={setName}
        replaces={known.some((secret) => secret.name === name)}
        valueRef={value}
        onStored={() => {
          toasts.show(t("agents.secrets.stored", { name }));
          setName("");
          void refresh();
        }}
      />
      {removing && (
        <Confirm
          title={t("agents.secrets.removeTitle", { name: removing })}
          action={t("agents.secrets.remove")}
          danger
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await deleteSecret(agent.id, removing);
            toasts.show(t("agents.secrets.removed", { name: removing }));
            await refresh();
          }}
        >
          {t("agents.secrets.removeText")}
        </Confirm>
      )}
    </div>
  );
}

function SecretForm({
  agentId,
  name,
  onName,
  replaces,
  valueRef,
  onStored,
}: {
  agentId: string;
  name: string;
  onName(name: string): void;
  replaces: boolean;
  valueRef: React.RefObject<HTMLInputElement | null>;
  onStored(): void;
}) {
  const { t } = useTranslation();
  const [value, setValue] = useState("");
  const [error, setError] = useState<unknown>(null);
  const bad = name !== "" && !NAME.test(name);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    try {
      await putSecret(agentId, name, value);
      setValue("");
      onStored();
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <form className="rounded-2xl border border-line p-4" onSubmit={(event) => void submit(event)}>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field
          label={t("agents.secrets.name")}
          help={t("agents.secrets.nameHelp")}
          error={bad ? t("agents.field.secret") : undefined}
        >
          {(ids) => (
            <input
              {...ids}
              value={name}
              maxLength={64}
              spellCheck={false}
              autoComplete="off"
              autoCapitalize="characters"
              onChange={(event) => onName(event.target.value.toUpperCase().replaceAll(/[\s-]/g, "_"))}
              className={`${ONE_LINE} font-mono text-[0.875rem]`}
            />
          )}
        </Field>
        <Field label={t("agents.secrets.value")} help={replaces ? t("agents.secrets.replacing") : undefined}>
          {(ids) => (
            <input
              {...ids}
              ref={valueRef}
              type="password"
              autoComplete="new-password"
              value={value}
              onChange={(event) => setValue(event.target.value)}
              className={ONE_LINE}
            />
          )}
        </Field>
      </div>
      {error !== null && (
        <p role="alert" className="mt-2 text-[0.875rem] text-bad">
          {errorText(t, error)}
        </p>
      )}
      <div className="mt-3 flex justify-end">
        <Button type="submit" look="primary" disabled={!NAME.test(name) || value === ""}>
          {replaces ? t("agents.secrets.replace") : t("agents.secrets.add")}
        </Button>
      </div>
    </form>
  );
}
