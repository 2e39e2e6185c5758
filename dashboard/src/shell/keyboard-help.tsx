import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "~/ui/dialog";

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
