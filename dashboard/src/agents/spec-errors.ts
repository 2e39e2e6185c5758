/** What is wrong with an agent as it stands, field by field, in the reader's words. */
import type { TFunction } from "i18next";
import type { AgentSpec } from "~/api/agents";
import { ApiError } from "~/api/client";

/** From a field's path, such as `name` or `done/0/path`, to a sentence. */
export type SpecErrors = Readonly<Record<string, string>>;

const CODES = ["empty", "too_long", "malformed", "out_of_range"] as const;

/** What can be told before the server is asked. */
export function missing(t: TFunction, spec: AgentSpec): SpecErrors {
  const errors: Record<string, string> = {};
  if (!spec.name.trim()) errors.name = t("agents.field.name");
  if (!spec.prompt.trim()) errors.prompt = t("agents.field.prompt");
  const minutes = spec.time_limit_seconds / 60;
  if (!(minutes > 0 && minutes <= 360)) errors.time_limit_seconds = t("agents.field.minutes");
  if (spec.cost_limit_usd !== null && !(spec.cost_limit_usd > 0))
    errors.cost_limit_usd = t("agents.field.number");
  spec.done.forEach((check, index) => {
    if (check.kind !== "contains" && !check.path.trim())
      errors[`done/${index}/path`] = t("agents.field.path");
    if (check.kind === "contains" && !check.text.trim())
      errors[`done/${index}/text`] = t("agents.field.empty");
    if (check.kind === "min_rows" && !(check.rows >= 1))
      errors[`done/${index}/rows`] = t("agents.field.number");
    if (check.kind === "min_size" && !(check.bytes >= 1))
      errors[`done/${index}/bytes`] = t("agents.field.number");
  });
  return errors;
}

/** What the server refused. */
export function refused(t: TFunction, error: unknown): SpecErrors {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    error.errors.map(({ field, code }) => {
      const path = field.replace(/^\/?(?:agent|spec)\//, "").replace("micro_usd", "usd");
      return [path, words(t, path, code)];
    }),
  );
}

function words(t: TFunction, path: string, code: string): string {
  const host = /^network\/hosts\/(\d+)$/.exec(path);
  if (host) return t("agents.field.hosts", { line: Number(host[1]) + 1 });
  if (/^done\/\d+\/path$/.test(path)) return t("agents.field.path");
  if (code === "empty" && (path === "name" || path === "prompt")) return t(`agents.field.${path}`);
  return t(`agents.field.${CODES.find((known) => known === code) ?? "other"}`);
}
