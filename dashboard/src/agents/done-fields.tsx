import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Check } from "~/api/agents";
import { Button, IconButton } from "~/ui/button";
import { ONE_LINE } from "~/ui/field";
import { NumberInput } from "~/ui/number-input";
import { Select } from "~/ui/select";
import type { SpecPartProps } from "./instruction-fields";
import type { SpecErrors } from "./spec-errors";

const KINDS = ["newer_than_start", "file_exists", "min_rows", "min_size", "contains"] as const;
const MAX_CHECKS = 20;

/** What must hold after a run for it to count as done. */
export function DoneFields({ spec, errors, onChange }: SpecPartProps) {
  const { t } = useTranslation();
  const { done } = spec;
  const put = (index: number, check: Check) => onChange({ done: done.with(index, check) });
  return (
    <fieldset>
      <legend className="font-medium text-[0.875rem]">{t("agents.done.title")}</legend>
      <p className="mb-2 text-[0.8125rem] text-muted">{t("agents.done.text")}</p>
      <ul className="space-y-2">
        {done.map((check, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a check has no other name than its place.
          <li key={index} className="flex items-start gap-1">
            <CheckFields
              check={check}
              path={`done/${index}`}
              errors={errors}
              onChange={(next) => put(index, next)}
            />
            <IconButton
              label={t("agents.done.remove")}
              onClick={() => onChange({ done: done.toSpliced(index, 1) })}
            >
              <X />
            </IconButton>
          </li>
        ))}
      </ul>
      {done.length === 0 && <p className="text-[0.875rem] text-muted">{t("agents.done.none")}</p>}
      {done.length < MAX_CHECKS && (
        <Button
          size="sm"
          className="mt-2"
          onClick={() => onChange({ done: [...done, { kind: "newer_than_start", path: "" }] })}
        >
          <Plus aria-hidden /> {t("agents.done.add")}
        </Button>
      )}
    </fieldset>
  );
}

function CheckFields({
  check,
  path,
  errors,
  onChange,
}: {
  check: Check;
  path: string;
  errors: SpecErrors;
  onChange(check: Check): void;
}) {
  const { t } = useTranslation();
  const problem = ["path", "text", "rows", "bytes"].map((field) => errors[`${path}/${field}`]).find(Boolean);
  return (
    <div className="min-w-0 flex-1">
      <div className="grid grid-cols-2 gap-2 sm:grid-cols-[9.5rem_minmax(0,1fr)_8rem]">
        <Select
          label={t("agents.done.kind")}
          value={check.kind}
          options={KINDS.map((kind) => ({ value: kind, label: t(`agents.done.kinds.${kind}`) }))}
          onChange={(kind) => onChange(turned(check, kind))}
        />
        <input
          aria-label={t("agents.done.file")}
          aria-invalid={errors[`${path}/path`] !== undefined}
          title={t("agents.done.fileHelp")}
          placeholder={check.kind === "contains" ? t("agents.done.anyFile") : "report.csv"}
          value={check.path ?? ""}
          spellCheck={false}
          onChange={(event) => onChange(withPath(check, event.target.value))}
          className={`${ONE_LINE} ${check.kind === "newer_than_start" || check.kind === "file_exists" ? "sm:col-span-2" : ""}`}
        />
        <Amount check={check} path={path} errors={errors} onChange={onChange} />
      </div>
      {problem && <p className="mt-1 text-[0.8125rem] text-bad">{problem}</p>}
    </div>
  );
}

function Amount({
  check,
  path,
  errors,
  onChange,
}: {
  check: Check;
  path: string;
  errors: SpecErrors;
  onChange(check: Check): void;
}) {
  const { t } = useTranslation();
  if (check.kind === "contains")
    return (
      <input
        aria-label={t("agents.done.textIn")}
        aria-invalid={errors[`${path}/text`] !== undefined}
        placeholder={t("agents.done.textIn")}
        value={check.text}
        onChange={(event) => onChange({ ...check, text: event.target.value })}
        className={`${ONE_LINE} max-sm:col-span-2`}
      />
    );
  if (check.kind !== "min_rows" && check.kind !== "min_size") return null;
  const rows = check.kind === "min_rows";
  return (
    <span className="max-sm:col-span-2" title={rows ? t("agents.done.rows") : t("agents.done.bytes")}>
      <NumberInput
        aria-label={rows ? t("agents.done.rows") : t("agents.done.bytes")}
        aria-invalid={errors[`${path}/${rows ? "rows" : "bytes"}`] !== undefined}
        min={1}
        value={rows ? check.rows : check.bytes}
        onChange={(amount) =>
          onChange(rows ? { ...check, rows: amount ?? 0 } : { ...check, bytes: amount ?? 0 })
        }
      />
    </span>
  );
}

function withPath(check: Check, path: string): Check {
  return check.kind === "contains" ? { ...check, path: path || null } : { ...check, path };
}

/** Another kind of check of the same file. */
function turned(check: Check, kind: Check["kind"]): Check {
  const path = check.path ?? "";
  switch (kind) {
    case "min_rows":
      return { kind, path, rows: 1 };
    case "min_size":
      return { kind, path, bytes: 1 };
    case "contains":
      return { kind, path: path || null, text: "" };
    default:
      return { kind, path };
  }
}
