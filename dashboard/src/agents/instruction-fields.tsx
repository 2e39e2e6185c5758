import { useTranslation } from "react-i18next";
import type { AgentSpec } from "~/api/agents";
import { Field, INPUT, ONE_LINE } from "~/ui/field";
import type { SpecErrors } from "./spec-errors";

const MAX_NAME = 80;

export interface SpecPartProps {
  spec: AgentSpec;
  errors: SpecErrors;
  onChange(change: Partial<AgentSpec>): void;
}

/** What it is called and what it does. */
export function InstructionFields({ spec, errors, onChange }: SpecPartProps) {
  const { t } = useTranslation();
  return (
    <div className="space-y-4">
      <Field label={t("agents.editor.name")} error={errors.name}>
        {(ids) => (
          <input
            {...ids}
            value={spec.name}
            maxLength={MAX_NAME}
            placeholder={t("agents.editor.namePlaceholder")}
            onChange={(event) => onChange({ name: event.target.value })}
            className={ONE_LINE}
          />
        )}
      </Field>
      <Field label={t("agents.editor.prompt")} help={t("agents.editor.promptHelp")} error={errors.prompt}>
        {(ids) => (
          <textarea
            {...ids}
            value={spec.prompt}
            rows={5}
            placeholder={t("agents.editor.promptPlaceholder")}
            onChange={(event) => onChange({ prompt: event.target.value })}
            className={`${INPUT} thin-scroll block max-h-[60dvh] min-h-32 resize-y py-2 leading-relaxed [field-sizing:content]`}
          />
        )}
      </Field>
    </div>
  );
}
