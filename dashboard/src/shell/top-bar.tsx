import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CloudOff, Keyboard, LogOut, Search, Settings, UserRound, WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { signOut } from "~/api/session";
import { errorText } from "~/api/words";
import { useNow } from "~/lib/hooks";
import { useConnection, useDelayed, useLive } from "~/live/context";
import { Bell } from "~/notifications/bell";
import { Button, IconButton } from "~/ui/button";
import { Menu, MenuItem } from "~/ui/menu";
import { toasts } from "~/ui/toast-store";
import { HOME } from "./places";
import { LanguageMenu, ThemeMenu } from "./preferences";
import { WorkspaceChip } from "./workspace-chip";

interface Props {
  name: string;
  onHelp(): void;
  onSearch(): void;
}

export function TopBar({ name, onHelp, onSearch }: Props) {
  const delayed = useDelayed();
  const well = useConnection().phase === "open" && !delayed;
  return (
    <header className="flex h-13 shrink-0 items-center gap-1 border-line border-b pr-2 pl-3">
      <Link to={HOME} className="mr-1 md:hidden" aria-label="Berth">
        <img src="/assets/berth.svg" alt="" className="size-7" />
      </Link>
      {/* A phone has room for one of them, and what is unusual comes first. */}
      <span className={well ? "contents" : "contents max-sm:hidden"}>
        <WorkspaceChip />
      </span>
      <ConnectionChip />
      <span className="flex-1" />
      <SearchButton onSearch={onSearch} />
      <Bell />
      {/* A phone has no room for them; they are in Settings, too. */}
      <span className="flex max-sm:hidden">
        <LanguageMenu />
        <ThemeMenu />
      </span>
      <ProfileMenu name={name} onHelp={onHelp} />
    </header>
  );
}

function SearchButton({ onSearch }: { onSearch(): void }) {
  const { t } = useTranslation();
  return (
    <>
      <button
        type="button"
        onClick={onSearch}
        className="mr-1 flex h-9 w-56 items-center gap-2 rounded-lg bg-sunken px-2.5 text-[0.875rem] text-muted hover:bg-hover hover:text-ink max-md:hidden"
      >
        <Search aria-hidden className="size-4" />
        <span className="flex-1 text-left">{t("common.search")}</span>
        <kbd className="rounded-md border border-line bg-raised px-1.5 font-sans text-[0.75rem]">/</kbd>
      </button>
      <IconButton label={t("common.search")} onClick={onSearch} className="md:hidden">
        <Search />
      </IconButton>
    </>
  );
}

/** Shown only while there is something to say: a live connection is what everybody expects. */
function ConnectionChip() {
  const { t } = useTranslation();
  const live = useLive();
  const connection = useConnection();
  const now = useNow(500, connection.phase === "waiting");
  const delayed = useDelayed();
  if (connection.phase === "open" && !delayed) return <span role="status" />;
  const waiting = connection.phase === "waiting";
  const Icon = delayed ? CloudOff : WifiOff;
  const seconds = waiting ? Math.max(0, Math.ceil((connection.retryAt - now) / 1000)) : 0;
  return (
    <span
      role="status"
      className="flex min-w-0 items-center gap-2 text-[0.8125rem]"
      title={t(delayed ? "connection.delayedHelp" : "connection.help")}
    >
      <span className="flex min-w-0 items-center gap-1.5 rounded-full bg-warn-soft px-2.5 py-1 text-warn">
        <Icon aria-hidden className="size-3.5 shrink-0" />
        <span className="truncate" aria-live="off">
          {delayed
            ? t("connection.delayed")
            : waiting
              ? t("connection.waiting", { seconds })
              : t("connection.connecting")}
        </span>
      </span>
      {(waiting || delayed) && (
        <Button size="sm" look="quiet" className="max-sm:hidden" onClick={live.retryNow}>
          {t(delayed ? "common.tryNow" : "connection.now")}
        </Button>
      )}
    </span>
  );
}

function ProfileMenu({ name, onHelp }: { name: string; onHelp(): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
      await queries.invalidateQueries({ queryKey: ["profile"] });
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };
  return (
    <Menu
      trigger={
        <IconButton label={name}>
          <UserRound />
        </IconButton>
      }
    >
      <div className="border-line border-b px-2.5 pt-1.5 pb-2.5 text-[0.8125rem] text-muted">
        {t("settings.signedInAs")}
        <div className="font-medium text-[0.9375rem] text-ink">{name}</div>
      </div>
      <div className="pt-1">
        <MenuItem onSelect={() => void navigate({ to: "/settings" })}>
          <Settings /> {t("nav.settings")}
        </MenuItem>
        <MenuItem onSelect={onHelp}>
          <Keyboard /> {t("keys.title")}
        </MenuItem>
        <MenuItem onSelect={() => void leave()}>
          <LogOut /> {t("settings.signOut")}
        </MenuItem>
      </div>
    </Menu>
  );
}
