import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Network } from "~/api/agents";
import { Field, INPUT, ONE_LINE } from "~/ui/field";
import { NumberInput } from "~/ui/number-input";
import { Select } from "~/ui/select";
import type { SpecPartProps } from "./instruction-fields";

const MODES = ["packages", "hosts", "open"] as const;
const MAX_MINUTES = 360;

/** Model, time, cost, and what its runs may reach. */
export function LimitFields({ spec, errors, onChange }: SpecPartProps) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label={t("agents.limits.time")}
        help={t("agents.limits.timeHelp")}
        error={errors.time_limit_seconds}
      >
        {(ids) => (
          <span className="flex items-center gap-2">
            <NumberInput
              {...ids}
              min={1}
              max={MAX_MINUTES}
              value={spec.time_limit_seconds / 60}
              onChange={(minutes) => onChange({ time_limit_seconds: Math.round((minutes ?? 0) * 60) })}
            />
            <span className="shrink-0 text-[0.875rem] text-muted">{t("agents.limits.minutes")}</span>
          </span>
        )}
      </Field>
      <Field label={t("agents.limits.cost")} help={t("agents.limits.costHelp")} error={errors.cost_limit_usd}>
        {(ids) => (
          <span className="flex items-center gap-2">
            <NumberInput
              {...ids}
              min={0}
              step="any"
              placeholder={t("agents.limits.costNone")}
              value={spec.cost_limit_usd}
              onChange={(cost_limit_usd) => onChange({ cost_limit_usd })}
            />
            <span className="shrink-0 text-[0.875rem] text-muted">US$</span>
          </span>
        )}
      </Field>
      <Field label={t("agents.limits.model")} help={t("agents.limits.modelHelp")} error={errors.model}>
        {(ids) => (
          <input
            {...ids}
            value={spec.model ?? ""}
            spellCheck={false}
            autoComplete="off"
            placeholder={t("agents.limits.modelDefault")}
            onChange={(event) => onChange({ model: event.target.value.trim() || null })}
            className={ONE_LINE}
          />
        )}
      </Field>
      <NetworkFields spec={spec} errors={errors} onChange={onChange} />
    </div>
  );
}

function NetworkFields({ spec, errors, onChange }: SpecPartProps) {
  const { t } = useTranslation();
  const { network } = spec;
  const [text, setText] = useState(network.mode === "hosts" ? network.hosts.join("\n") : "");
  const hostError = Object.entries(errors).find(([field]) => field.startsWith("network"))?.[1];
  const turn = (mode: Network["mode"]): Network =>
    mode === "hosts" ? { mode, hosts: linesOf(text) } : { mode };
  return (
    <div className="space-y-3">
      <Field
        label={t("agents.limits.network")}
        help={network.mode === "open" ? t("agents.limits.openHelp") : t("agents.limits.networkHelp")}
      >
        {(ids) => (
          <Select
            {...ids}
            value={network.mode}
            onChange={(mode) => onChange({ network: turn(mode) })}
            options={MODES.map((mode) => ({ value: mode, label: t(`agents.limits.modes.${mode}`) }))}
          />
        )}
      </Field>
      {network.mode === "hosts" && (
        <Field label={t("agents.limits.hosts")} help={t("agents.limits.hostsHelp")} error={hostError}>
          {(ids) => (
            <textarea
              {...ids}
              rows={3}
              value={text}
              spellCheck={false}
              onChange={(event) => {
                setText(event.target.value);
                onChange({ network: { mode: "hosts", hosts: linesOf(event.target.value) } });
              }}
              className={`${INPUT} block resize-y py-1.5 font-mono text-[0.8125rem]`}
            />
          )}
        </Field>
      )}
    </div>
  );
}

const linesOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
