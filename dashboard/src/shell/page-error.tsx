import { Link } from "@tanstack/react-router";
import { Compass, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, buttonClass } from "~/ui/button";

/** A page's only content: an icon, a heading, a sentence, and what to do next. */
export function Calm({
  icon,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="m-auto flex max-w-md flex-col items-center gap-3 p-8 text-center">
      <div className="mb-1 grid size-12 place-items-center rounded-2xl bg-accent-soft text-accent [&_svg]:size-6">
        {icon}
      </div>
      <h1 className="font-semibold text-lg">{title}</h1>
      <div className="text-muted">{children}</div>
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}

export function NoPage() {
  const { t } = useTranslation();
  return (
    <Calm
      icon={<Compass />}
      title={t("error.noPageTitle")}
      action={
        <Link to="/chat" className={buttonClass("primary")}>
          {t("error.toChat")}
        </Link>
      }
    >
      {t("error.noPage")}
    </Calm>
  );
}

export function PageError({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <Calm
      icon={<TriangleAlert />}
      title={t("error.pageTitle")}
      action={
        <Button look="primary" onClick={() => location.reload()}>
          {t("error.reload")}
        </Button>
      }
    >
      <p>{t("error.page")}</p>
      <p className="mt-2 text-[0.8125rem]">
        {t("common.reference", { code: error instanceof Error ? error.name : "page" })}
      </p>
    </Calm>
  );
}
