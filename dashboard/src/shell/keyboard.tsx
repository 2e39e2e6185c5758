import { useNavigate } from "@tanstack/react-router";
import { Fragment, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { isTyping } from "~/lib/hooks";
import { Dialog } from "~/ui/dialog";

const PLACES: Readonly<Record<string, "/chat" | "/runs" | "/files" | "/usage" | "/settings">> = {
  c: "/chat",
  r: "/runs",
  f: "/files",
  u: "/usage",
  s: "/settings",
};

/** `g`, then a letter: goes to a screen. */
export function useGoKeys(): void {
  const navigate = useNavigate();
  useEffect(() => {
    let armedAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const place = PLACES[event.key];
      if (place && event.timeStamp - armedAt < 1_000) {
        event.preventDefault();
        void navigate({ to: place });
      }
      armedAt = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate]);
}

export function KeyboardHelp({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const rows: [string[][], string][] = [
    [[["Enter"]], t("keys.send")],
    [[["Shift", "Enter"]], t("keys.line")],
    [[["Esc"]], t("keys.stop")],
    [[["/"]], t("keys.search")],
    [[["n"]], t("keys.new")],
    [[["g"], ["c", "r", "f", "u", "s"]], t("keys.go")],
    [[["?"]], t("keys.help")],
  ];
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2.5">
        {rows.map(([groups, text]) => (
          <Fragment key={text}>
            <dt className="flex items-center gap-1">
              {groups.map((keys, index) => (
                <Fragment key={keys.join()}>
                  {index > 0 && <span className="px-1 text-[0.8125rem] text-muted">{t("keys.andThen")}</span>}
                  {keys.map((key) => (
                    <kbd
                      key={key}
                      className="min-w-6 rounded-md border border-line bg-sunken px-1.5 py-0.5 text-center font-sans text-[0.8125rem]"
                    >
                      {key}
                    </kbd>
                  ))}
                </Fragment>
              ))}
            </dt>
            <dd className="text-muted">{text}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
