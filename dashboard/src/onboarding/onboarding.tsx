import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { saveOnboarding } from "~/api/session";
import { HOME } from "~/shell/places";
import { LanguageMenu, ThemeMenu } from "~/shell/preferences";
import { Button, IconButton } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { type Answers, forgetAnswers, useAnswers } from "./answers";
import { ExampleStep } from "./example-step";
import { SaveStep } from "./save-step";
import { WorkStep } from "./work-step";
import { ZoneStep } from "./zone-step";

const STEPS = 4;

/** The first visit: four screens, each of which can be left out, ending in something that runs. */
export function Onboarding() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [answers, change] = useAnswers();
  const [error, setError] = useState<unknown>(null);
  const { step } = answers;

  const finish = async () => {
    try {
      await saveOnboarding(i18n.language, answers.timeZone, answers.occupation.trim());
      forgetAnswers();
      await navigate(
        answers.conversationId ? { to: "/chat/$id", params: { id: answers.conversationId } } : { to: HOME },
      );
      await queries.invalidateQueries({ queryKey: ["profile"] });
    } catch (cause) {
      setError(cause);
    }
  };
  const go = (to: number) => change({ step: Math.min(STEPS, Math.max(1, to)) as Answers["step"] });
  const props = { answers, change, onNext: () => (step === STEPS ? void finish() : go(step + 1)) };

  return (
    <div className="flex h-dvh flex-col">
      <header className="flex shrink-0 items-center justify-between p-3 pl-5">
        <span className="flex items-center gap-2.5 font-semibold">
          <img src="/assets/berth.svg" alt="" className="size-7" />
          {t("app.name")}
        </span>
        <span className="flex items-center">
          <Button look="quiet" size="sm" onClick={() => void finish()}>
            {t("onboarding.skipAll")}
          </Button>
          <LanguageMenu />
          <ThemeMenu />
        </span>
      </header>
      <main className="thin-scroll flex min-h-0 flex-1 overflow-y-auto px-4 pb-6">
        <div className={`m-auto w-full ${step === 3 ? "max-w-2xl" : "max-w-lg"}`}>
          <Progress step={step} onBack={() => go(step - 1)} />
          {step === 1 && <ZoneStep {...props} />}
          {step === 2 && <WorkStep {...props} />}
          {step === 3 && <ExampleStep {...props} />}
          {step === 4 && <SaveStep {...props} />}
          {error !== null && (
            <div className="mt-5">
              <ErrorNotice error={error} onRetry={() => void finish()} />
            </div>
          )}
        </div>
      </main>
    </div>
  );
}

function Progress({ step, onBack }: { step: number; onBack(): void }) {
  const { t } = useTranslation();
  return (
    <div className="mb-6 flex h-9 items-center gap-3">
      {step > 1 && (
        <IconButton label={t("onboarding.back")} onClick={onBack} className="-ml-2">
          <ArrowLeft />
        </IconButton>
      )}
      <div aria-hidden className="flex gap-1.5">
        {Array.from({ length: STEPS }, (_, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a step's place is its identity.
            key={index}
            className={`h-1.5 w-8 rounded-full ${index < step ? "bg-accent" : "bg-hover"}`}
          />
        ))}
      </div>
      <span className="figures text-[0.8125rem] text-muted">{t("onboarding.step", { step, of: STEPS })}</span>
    </div>
  );
}
