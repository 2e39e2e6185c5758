import { useQueryClient } from "@tanstack/react-query";
import { ChartLine, FileSpreadsheet, Hourglass, PackagePlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { toasts } from "~/ui/toast-store";
import { putSample } from "./sample";

const EXAMPLES = [
  { key: "sales", icon: ChartLine, needsSample: true },
  { key: "install", icon: PackagePlus, needsSample: false },
  { key: "long", icon: Hourglass, needsSample: false },
] as const;

/** The empty state of a new conversation: three things that work at one click. */
export function Welcome({ onSend }: { onSend(content: string): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);

  const withSample = async (then: () => void) => {
    setBusy(true);
    try {
      await putSample(queries);
      then();
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="thin-scroll flex min-h-0 flex-1 overflow-y-auto px-4">
      <div className="m-auto w-full max-w-[46rem] py-8">
        <h1 className="font-semibold text-2xl tracking-tight">{t("welcome.title")}</h1>
        <p className="mt-2 max-w-xl text-muted">{t("welcome.text")}</p>
        <h2 className="mt-8 mb-3 font-medium text-[0.875rem] text-muted">{t("welcome.examples")}</h2>
        <div className="grid gap-3 md:grid-cols-3">
          {EXAMPLES.map(({ key, icon: Icon, needsSample }) => {
            const send = () => onSend(t(`welcome.${key}Prompt`));
            return (
              <button
                key={key}
                type="button"
                disabled={busy}
                onClick={() => (needsSample ? void withSample(send) : send())}
                className="flex items-start gap-3 rounded-2xl border border-line bg-raised p-4 text-left transition-colors duration-100 hover:border-accent hover:bg-accent-soft disabled:opacity-60 md:flex-col"
              >
                <Icon aria-hidden className="size-5 shrink-0 text-accent" />
                <span>
                  <span className="block font-medium">{t(`welcome.${key}`)}</span>
                  <span className="mt-0.5 block text-[0.8125rem] text-muted">{t(`welcome.${key}Hint`)}</span>
                </span>
              </button>
            );
          })}
        </div>
        <p className="mt-6 flex flex-wrap items-center gap-2 text-[0.875rem] text-muted">
          {t("welcome.sampleHave")}
          <Button
            size="sm"
            disabled={busy}
            onClick={() => void withSample(() => toasts.show(t("welcome.sampleDone")))}
          >
            <FileSpreadsheet /> {t("welcome.sample")}
          </Button>
        </p>
      </div>
    </div>
  );
}
