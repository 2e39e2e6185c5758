import type { TFunction } from "i18next";
import type { AgentSpec, Check } from "~/api/agents";
import type { Format } from "~/lib/format";
import type { CheckResult } from "~/live/protocol";
import type { SpecField } from "./spec-diff";

/** What one check asks for, as a sentence. */
export function checkText(t: TFunction, format: Format, check: Check): string {
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
}

const FOUND = [
  "missing",
  "old",
  "too_few_rows",
  "too_small",
  "absent_text",
  "unreadable",
  "too_large",
] as const;

/** What was found instead; empty where the check was met. */
export function foundText(t: TFunction, format: Format, result: CheckResult): string {
  const reason = FOUND.find((known) => known === result.reason);
  if (result.met || !reason) return "";
  const found = result.found ?? 0;
  return t(`agents.done.found.${reason}`, {
    found: reason === "too_small" ? format.bytes(found) : format.number(found),
  });
}

/** A field's name and its value, as the versions' comparison tells them. */
export function fieldWords(
  t: TFunction,
  format: Format,
  field: SpecField,
  spec: AgentSpec,
): { name: string; value: string } {
  switch (field) {
    case "name":
      return { name: t("agents.editor.name"), value: spec.name };
    case "model":
      return { name: t("agents.limits.model"), value: spec.model ?? t("agents.limits.modelDefault") };
    case "time_limit_seconds":
      return {
        name: t("agents.limits.time"),
        value: `${format.number(spec.time_limit_seconds / 60)} ${t("agents.limits.minutes")}`,
      };
    case "cost_limit_usd": {
      const limit = spec.cost_limit_usd;
      const value = limit === null ? t("agents.limits.costNone") : format.money(limit);
      return { name: t("agents.limits.cost"), value };
    }
    case "network": {
      const { network } = spec;
      const hosts = network.mode === "hosts" ? network.hosts.join(", ") : "";
      const value = t(`agents.limits.modes.${network.mode}`) + (hosts ? `: ${hosts}` : "");
      return { name: t("agents.limits.network"), value };
    }
    case "done": {
      const checks = spec.done.map((check) => checkText(t, format, check));
      return { name: t("agents.done.title"), value: checks.join("\n") || t("agents.done.none") };
    }
    case "notify": {
      const on = (["failure", "success", "paused", "budget"] as const).filter((key) => spec.notify[key]);
      const value = on.map((key) => t(`agents.limits.notifyOn.${key}`)).join("\n");
      return { name: t("agents.limits.notify"), value: value || "–" };
    }
  }
}
