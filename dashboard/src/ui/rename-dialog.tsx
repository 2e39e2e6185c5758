import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "~/api/words";
import { Button } from "./button";
import { Dialog } from "./dialog";

/** Asks for one name. Stays open, and says why, when the name was refused. */
export function RenameDialog({
  title,
  label,
  initial,
  onSave,
  onClose,
  action,
}: {
  title: string;
  label: string;
  initial: string;
  onSave(name: string): Promise<void>;
  onClose(): void;
  action?: string;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState(initial);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const field = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const chosen = name.trim();
    if (!chosen || chosen === initial) return onClose();
    setBusy(true);
    try {
      await onSave(chosen);
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor={field} className="mb-1.5 block text-[0.875rem] text-muted">
          {label}
        </label>
        <input
          id={field}
          value={name}
          maxLength={200}
          aria-invalid={error !== null}
          onChange={(event) => setName(event.target.value)}
          autoFocus
          onFocus={(event) => event.target.select()}
          className="h-10 w-full rounded-lg border border-line-strong bg-bg px-3"
        />
        {error !== null && (
          <p role="alert" className="mt-2 text-[0.875rem] text-bad">
            {errorText(t, error)}
          </p>
        )}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" disabled={busy || !name.trim()}>
            {action ?? t("common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
