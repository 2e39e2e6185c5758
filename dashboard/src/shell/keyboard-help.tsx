import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "~/ui/dialog";
import { PLACES } from "./places";

interface Shortcut {
  /** Keys pressed one after the other, or together with `joined`. */
  keys: readonly string[];
  joined?: boolean;
  text: string;
}

export function KeyboardHelp({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const groups: [string, Shortcut[]][] = [
    [
      t("keys.everywhere"),
      [
        { keys: ["/"], text: t("keys.search") },
        { keys: ["n"], text: t("keys.new") },
        { keys: ["?"], text: t("keys.help") },
        { keys: ["Esc"], text: t("keys.esc") },
      ],
    ],
    [
      t("nav.chat"),
      [
        { keys: ["Enter"], text: t("keys.send") },
        { keys: ["Shift", "Enter"], joined: true, text: t("keys.line") },
        { keys: ["Esc"], text: t("keys.stop") },
      ],
    ],
    [t("keys.goTo"), PLACES.map(({ go, key }) => ({ keys: ["g", go], text: t(`nav.${key}`) }))],
  ];
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <div className="space-y-5">
        {groups.map(([name, shortcuts]) => (
          <section key={name}>
            <h3 className="mb-2 font-medium text-[0.8125rem] text-muted">{name}</h3>
            <dl className="space-y-2">
              {shortcuts.map((shortcut) => (
                <div key={shortcut.text} className="flex items-center justify-between gap-4">
                  <dd className="order-1">{shortcut.text}</dd>
                  <dt className="order-2 flex shrink-0 items-center gap-1">
                    <Keys {...shortcut} />
                  </dt>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Keys({ keys, joined = false }: Shortcut) {
  const { t } = useTranslation();
  return keys.map((key, index) => (
    <Fragment key={key}>
      {index > 0 && (
        <span className="px-0.5 text-[0.8125rem] text-muted">{joined ? "+" : t("keys.andThen")}</span>
      )}
      <kbd className="min-w-6 rounded-md border border-line bg-sunken px-1.5 py-0.5 text-center font-sans text-[0.8125rem]">
        {key}
      </kbd>
    </Fragment>
  ));
}
