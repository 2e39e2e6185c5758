import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "~/api/words";
import { Button } from "./button";
import { Dialog } from "./dialog";

/** Asks before something that cannot be taken back. Stays open, and says why, when it was refused. */
export function Confirm({
  title,
  children,
  action,
  danger = false,
  cancel,
  onConfirm,
  onClose,
}: {
  title: string;
  children: ReactNode;
  action: string;
  danger?: boolean;
  cancel?: string;
  onConfirm(): Promise<unknown> | undefined;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="text-muted">{children}</div>
      {error !== null && (
        <p role="alert" className="mt-3 text-[0.875rem] text-bad">
          {errorText(t, error)}
        </p>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{cancel ?? t("common.cancel")}</Button>
        <Button look={danger ? "danger" : "primary"} disabled={busy} onClick={() => void confirm()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
