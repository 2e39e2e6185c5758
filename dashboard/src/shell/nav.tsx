import { Link, useMatchRoute, useNavigate } from "@tanstack/react-router";
import { Ellipsis, PanelLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMediaQuery } from "~/lib/hooks";
import { IconButton } from "~/ui/button";
import { Menu, MenuItem } from "~/ui/menu";
import { HOME, PLACES } from "./places";

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
          to={HOME}
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
          activeOptions={{ exact: to === HOME }}
          className={`flex h-9 items-center gap-2.5 rounded-lg text-muted hover:bg-hover hover:text-ink ${ACTIVE} ${narrow ? "justify-center" : "px-2.5"}`}
        >
          <Icon aria-hidden className="size-4.5 shrink-0" />
          <span className={narrow ? "sr-only" : ""}>{t(`nav.${key}`)}</span>
        </Link>
      ))}
    </nav>
  );
}

const BAR_ITEM =
  "flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-[0.6875rem] text-muted outline-offset-[-3px] aria-[current=page]:font-semibold aria-[current=page]:text-accent";

export function BottomBar() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const matches = useMatchRoute();
  const rest = PLACES.filter(({ bar }) => !bar);
  const inRest = rest.some(({ to }) => matches({ to, fuzzy: true }));
  return (
    <nav
      aria-label={t("nav.label")}
      className="flex shrink-0 border-line border-t bg-rail pb-[env(safe-area-inset-bottom)]"
    >
      {PLACES.filter(({ bar }) => bar).map(({ to, key, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeProps={{ "aria-current": "page" }}
          activeOptions={{ exact: to === HOME }}
          className={BAR_ITEM}
        >
          <Icon aria-hidden className="size-5" />
          {t(`nav.${key}`)}
        </Link>
      ))}
      <Menu
        trigger={
          <button type="button" aria-current={inRest ? "page" : undefined} className={BAR_ITEM}>
            <Ellipsis aria-hidden className="size-5" />
            {t("common.more")}
          </button>
        }
      >
        {rest.map(({ to, key, icon: Icon }) => (
          <MenuItem key={to} onSelect={() => void navigate({ to })}>
            <Icon /> {t(`nav.${key}`)}
          </MenuItem>
        ))}
      </Menu>
    </nav>
  );
}
