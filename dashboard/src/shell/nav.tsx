import { Link } from "@tanstack/react-router";
import { ChartNoAxesColumn, FolderOpen, History, MessageSquareText, PanelLeft, Settings } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMediaQuery } from "~/lib/hooks";
import { IconButton } from "~/ui/button";

const PLACES = [
  { to: "/chat", key: "chat", icon: MessageSquareText },
  { to: "/runs", key: "runs", icon: History },
  { to: "/files", key: "files", icon: FolderOpen },
  { to: "/usage", key: "usage", icon: ChartNoAxesColumn },
  { to: "/settings", key: "settings", icon: Settings },
] as const;

const ACTIVE =
  "aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent aria-[current=page]:font-semibold";

/** `folded`: "yes", "no", or "auto", which folds where space is short. */
export function Rail({ folded, onFold }: { folded: string; onFold(value: string): void }) {
  const { t } = useTranslation();
  const roomy = useMediaQuery("(min-width: 68rem)");
  const narrow = folded === "auto" ? !roomy : folded === "yes";
  return (
    <nav
      aria-label={t("nav.label")}
      className={`flex shrink-0 flex-col gap-1 border-line border-r bg-rail p-2.5 ${narrow ? "w-15" : "w-48"}`}
    >
      <div className={`mb-2 flex items-center ${narrow ? "flex-col gap-2" : "justify-between pl-1.5"}`}>
        <Link
          to="/chat"
          className="flex items-center gap-2.5 rounded-lg font-semibold"
          aria-label={t("app.name")}
        >
          <img src="/assets/berth.svg" alt="" className="size-7" />
          {!narrow && <span className="text-base">{t("app.name")}</span>}
        </Link>
        <IconButton
          label={narrow ? t("nav.expand") : t("nav.collapse")}
          aria-expanded={!narrow}
          onClick={() => onFold(narrow ? "no" : "yes")}
        >
          <PanelLeft />
        </IconButton>
      </div>
      {PLACES.map(({ to, key, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          title={narrow ? t(`nav.${key}`) : undefined}
          activeProps={{ "aria-current": "page" }}
          className={`flex h-9 items-center gap-2.5 rounded-lg text-muted hover:bg-hover hover:text-ink ${ACTIVE} ${narrow ? "justify-center" : "px-2.5"}`}
        >
          <Icon aria-hidden className="size-4.5 shrink-0" />
          <span className={narrow ? "sr-only" : ""}>{t(`nav.${key}`)}</span>
        </Link>
      ))}
    </nav>
  );
}

export function BottomBar() {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t("nav.label")}
      className="grid shrink-0 grid-cols-5 border-line border-t bg-rail pb-[env(safe-area-inset-bottom)]"
    >
      {PLACES.map(({ to, key, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeProps={{ "aria-current": "page" }}
          className="flex h-14 flex-col items-center justify-center gap-0.5 text-[0.6875rem] text-muted aria-[current=page]:font-semibold aria-[current=page]:text-accent"
        >
          <Icon aria-hidden className="size-5" />
          {t(`nav.${key}`)}
        </Link>
      ))}
    </nav>
  );
}
