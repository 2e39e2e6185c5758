import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { budgetQuery, putBudget } from "~/api/usage";
import { Button } from "~/ui/button";
import { Field } from "~/ui/field";
import { ErrorNotice } from "~/ui/notice";
import { NumberInput } from "~/ui/number-input";
import { useSave } from "./use-save";

/** What all runs of a month may cost together. */
export function BudgetSettings() {
  const { t } = useTranslation();
  const budget = useQuery(budgetQuery);
  return (
    <>
      <p className="px-4 py-3 text-[0.875rem] text-muted">{t("settings.budgetText")}</p>
      {budget.isError && (
        <div className="p-4">
          <ErrorNotice part error={budget.error} onRetry={() => void budget.refetch()} />
        </div>
      )}
      {budget.data && <BudgetForm stored={budget.data.monthly_usd} />}
    </>
  );
}

const MAX_USD = 10_000;

function BudgetForm({ stored }: { stored: number | null }) {
  const { t } = useTranslation();
  const save = useSave(["budget"]);
  const [amount, setAmount] = useState(stored);
  const wrong = amount !== null && !(amount > 0 && amount <= MAX_USD);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong) void save.run(() => putBudget(amount), t("settings.budgetSaved"));
  };
  return (
    <form className="flex flex-wrap items-start gap-3 p-4" noValidate onSubmit={submit}>
      <div className="min-w-0 flex-1 basis-60">
        <Field
          label={t("settings.budgetMonthly")}
          help={t("settings.budgetHelp")}
          error={wrong ? t("settings.budgetWrong") : undefined}
        >
          {(ids) => (
            <span className="flex items-center gap-2">
              <NumberInput
                {...ids}
                min={0}
                max={MAX_USD}
                step="any"
                placeholder={t("settings.budgetNone")}
                value={amount}
                onChange={setAmount}
              />
              <span className="shrink-0 text-[0.875rem] text-muted">US$</span>
            </span>
          )}
        </Field>
      </div>
      <Button
        type="submit"
        look="primary"
        className="mt-7 max-sm:mt-0"
        disabled={save.busy || wrong || amount === stored}
      >
        {t("settings.budgetSave")}
      </Button>
    </form>
  );
}
