import { KeyRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "~/ui/button";
import { Calm } from "./page-error";
import { LanguageMenu, ThemeMenu } from "./preferences";

/** The first visit without a session. */
export function SignedOut({ checking, onCheck }: { checking: boolean; onCheck(): void }) {
  const { t } = useTranslation();
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
        <Calm
          icon={<KeyRound />}
          title={t("signedOut.title")}
          action={
            <Button look="primary" disabled={checking} onClick={onCheck}>
              {checking ? t("signedOut.wait") : t("signedOut.check")}
            </Button>
          }
        >
          <p>{t("signedOut.text")}</p>
          <p className="mt-3">{t("signedOut.again")}</p>
        </Calm>
      </main>
    </div>
  );
}
