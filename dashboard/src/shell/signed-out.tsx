import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type ReactNode, useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/client";
import { methodsQuery } from "~/api/session";
import { Button, buttonClass } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice } from "~/ui/notice";
import { Calm } from "./page-error";
import { LanguageMenu, ThemeMenu } from "./preferences";
import { onSignedIn, rememberPlace } from "./way-back";

interface Checking {
  checking: boolean;
  onCheck(): void;
}

/** The first visit without a session, or a sign-in that was refused. */
export function SignedOut({ check, refusal }: { check?: Checking; refusal?: unknown }) {
  const { t } = useTranslation();
  const methods = useQuery(methodsQuery);
  return (
    <div className="flex h-dvh flex-col">
      <header className="flex items-center justify-between p-3 pl-5">
        <span className="flex items-center gap-2.5 font-semibold">
          <img src="/assets/berth.svg" alt="" className="size-7" />
          {t("app.name")}
        </span>
        <span className="flex">
          <LanguageMenu />
          <ThemeMenu />
        </span>
      </header>
      <main className="flex flex-1">
        {methods.isError && (
          <div className="m-auto max-w-lg p-6">
            <ErrorNotice error={methods.error} onRetry={() => void methods.refetch()} />
          </div>
        )}
        {methods.data?.google && <WithGoogle refusal={refusal} />}
        {methods.data?.link && <WithLink check={check} />}
      </main>
    </div>
  );
}

function WithGoogle({ refusal }: { refusal: unknown }) {
  const { t } = useTranslation();
  const another = refusal instanceof ApiError && refusal.code === "sign_in.not_admitted";
  return (
    <Calm
      icon={<KeyRound />}
      title={t("signIn.title")}
      action={<GoogleLink newTab={false}>{t(another ? "signIn.another" : "signIn.google")}</GoogleLink>}
    >
      {refusal ? (
        <div className="text-left text-ink">
          <ErrorNotice error={refusal} />
        </div>
      ) : (
        <p>{t("signIn.text")}</p>
      )}
      <p className="mt-3 text-[0.875rem]">{t("signIn.kept")}</p>
    </Calm>
  );
}

function GoogleLink({ newTab, children }: { newTab: boolean; children: ReactNode }) {
  const { i18n } = useTranslation();
  return (
    <a
      href={`/api/auth/google?lang=${i18n.language}`}
      {...(newTab ? { target: "_blank", rel: "noopener" } : { onClick: rememberPlace })}
      className={buttonClass("primary")}
    >
      {children}
    </a>
  );
}

function WithLink({ check }: { check: Checking | undefined }) {
  const { t } = useTranslation();
  return (
    <Calm
      icon={<KeyRound />}
      title={t("signedOut.title")}
      action={
        check && (
          <Button look="primary" disabled={check.checking} onClick={check.onCheck}>
            {check.checking ? t("signedOut.wait") : t("signedOut.check")}
          </Button>
        )
      }
    >
      <p>{t("signedOut.text")}</p>
      <p className="mt-3">{t("signedOut.again")}</p>
    </Calm>
  );
}

/** The end of a session in the middle of work. The work stays where it is, behind this; signing in happens in another tab. */
export function SessionEnded({ checking, onCheck }: Checking) {
  const { t } = useTranslation();
  const methods = useQuery(methodsQuery);
  const check = useEffectEvent(onCheck);
  useEffect(() => onSignedIn(() => check()), []);
  const google = methods.data?.google === true;
  return (
    <Dialog title={t("signIn.endedTitle")} onClose={onCheck}>
      <div className="space-y-3 text-muted">
        <p>{t("signIn.endedText")}</p>
        <p>{t(google ? "signIn.newTab" : "signedOut.text")}</p>
      </div>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button disabled={checking} onClick={onCheck}>
          {t(checking ? "signedOut.wait" : google ? "signIn.done" : "signedOut.check")}
        </Button>
        {google && <GoogleLink newTab>{t("signIn.google")}</GoogleLink>}
      </div>
    </Dialog>
  );
}
