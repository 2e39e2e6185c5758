import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/client";
import { errorText } from "~/api/words";
import { toasts } from "~/ui/toast-store";

export interface Saving {
  busy: boolean;
  /** Names of the fields that were refused. */
  wrong: ReadonlySet<string>;
  /** Says `done` when it went well; answers whether it did. */
  run(action: () => Promise<unknown>, done: string): Promise<boolean>;
}

/** Saves a form of settings, and keeps which of its fields the server refused. */
export function useSave(key: readonly string[]): Saving {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set());
  const run = async (action: () => Promise<unknown>, done: string) => {
    setBusy(true);
    setWrong(new Set());
    try {
      await action();
      await queries.invalidateQueries({ queryKey: key });
      toasts.show(done);
      return true;
    } catch (error) {
      const fields = error instanceof ApiError ? error.errors.map(({ field }) => field) : [];
      setWrong(new Set(fields));
      if (fields.length === 0) toasts.show(errorText(t, error), { tone: "bad" });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, wrong, run };
}
