import { useTranslation } from "react-i18next";
import type { Check } from "~/api/agents";
import { useFormat } from "~/lib/format";
import type { CheckResult } from "~/live/protocol";

const FOUND = {
  missing: "agents.done.found.missing",
  old: "agents.done.found.old",
  too_few_rows: "agents.done.found.too_few_rows",
  too_small: "agents.done.found.too_small",
  absent_text: "agents.done.found.absent_text",
  unreadable: "agents.done.found.unreadable",
  too_large: "agents.done.found.too_large",
} as const;

/** Checks of a definition of done as sentences, and what was found in their place. */
export function useCheckWords() {
  const { t } = useTranslation();
  const format = useFormat();
  const says = (check: Check): string => {
    const path = check.path || t("agents.done.anyFile");
    switch (check.kind) {
      case "min_rows":
        return t("agents.done.says.min_rows", { path, count: check.rows });
      case "min_size":
        return t("agents.done.says.min_size", { path, size: format.bytes(check.bytes) });
      case "contains":
        return t("agents.done.says.contains", { path, text: check.text });
      default:
        return t(`agents.done.says.${check.kind}`, { path });
    }
  };
  const found = ({ check, reason, found: figure }: CheckResult): string => {
    // A newer server may know reasons that this page does not.
    if (!Object.hasOwn(FOUND, reason)) return "";
    const amount = check.kind === "min_size" ? format.bytes(figure ?? 0) : format.number(figure ?? 0);
    return t(FOUND[reason as keyof typeof FOUND], { found: amount });
  };
  return { says, found };
}
