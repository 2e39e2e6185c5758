import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleDashed } from "lucide-react";
import { Switch } from "radix-ui";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Settings } from "~/api/client";
import { removeModelKey, setDemo, storeModelKey } from "~/api/session";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { toasts } from "~/ui/toast-store";
import { Row } from "./parts";

/** Where answers come from, and the key for it: it goes in, and never comes out again. */
export function ModelSettings({ model }: { model: Settings["model"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const field = useId();
  const demo = model.upstream === "demo";

  const act = async (action: () => Promise<void>, done?: string) => {
    setBusy(true);
    try {
      await action();
      if (done) toasts.show(done);
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    } finally {
      await queries.invalidateQueries({ queryKey: ["settings"] });
      await queries.invalidateQueries({ queryKey: ["workspace"] });
      setBusy(false);
    }
  };
  const store = async (event: FormEvent) => {
    event.preventDefault();
    await act(async () => {
      await storeModelKey(key.trim());
      // Who gives a key wants Claude's own answers.
      if (demo) await setDemo(false);
      setKey("");
    }, t("settings.keySaved"));
  };

  return (
    <>
      <Row name={t("settings.using")}>
        <span className="text-muted">
          {demo ? t("settings.usingDemo") : t("settings.usingApi")}
          {model.model && ` · ${model.model}`}
        </span>
      </Row>
      <Row name={t("settings.demo")} help={t("settings.demoText")}>
        <Switch.Root
          checked={demo}
          disabled={busy}
          aria-label={t("settings.demo")}
          onCheckedChange={(on) => void act(() => setDemo(on))}
          className="h-6 w-11 shrink-0 rounded-full border border-line-strong bg-hover p-0.5 transition-colors duration-100 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
        >
          <Switch.Thumb className="block size-4.5 rounded-full bg-line-strong transition-transform duration-100 data-[state=checked]:translate-x-5 data-[state=checked]:bg-on-accent" />
        </Switch.Root>
      </Row>
      <form className="px-4 py-3" onSubmit={(event) => void store(event)}>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <label htmlFor={field} className="font-medium">
            {t("settings.key")}
          </label>
          <KeyState set={model.key_set} />
        </div>
        <p id={`${field}-help`} className="mt-0.5 text-[0.875rem] text-muted">
          {t("settings.keyText")}
        </p>
        <div className="mt-3 flex flex-wrap gap-2">
          <input
            id={field}
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={key}
            placeholder={t("settings.keyPlaceholder")}
            aria-describedby={`${field}-help`}
            onChange={(event) => setKey(event.target.value)}
            className="h-9 min-w-0 flex-1 basis-56 rounded-lg border border-line-strong bg-bg px-3"
          />
          <Button type="submit" look="primary" disabled={busy || key.trim() === ""}>
            {model.key_set ? t("settings.keyReplace") : t("settings.keySave")}
          </Button>
          {model.key_set && (
            <Button look="danger" disabled={busy} onClick={() => setAsking(true)}>
              {t("settings.keyRemove")}
            </Button>
          )}
        </div>
      </form>
      {asking && (
        <Dialog title={t("settings.keyRemoveTitle")} onClose={() => setAsking(false)}>
          <p className="text-muted">{t("settings.keyRemoveText")}</p>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={() => setAsking(false)}>{t("common.cancel")}</Button>
            <Button
              look="danger"
              onClick={() => {
                setAsking(false);
                void act(removeModelKey, t("settings.keyRemoved"));
              }}
            >
              {t("settings.keyRemove")}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function KeyState({ set }: { set: boolean }) {
  const { t } = useTranslation();
  const Icon = set ? CircleCheck : CircleDashed;
  return (
    <span className={`flex items-center gap-1.5 text-[0.875rem] ${set ? "text-ok" : "text-muted"}`}>
      <Icon aria-hidden className="size-4" />
      {set ? t("settings.keySet") : t("settings.keyUnset")}
    </span>
  );
}
