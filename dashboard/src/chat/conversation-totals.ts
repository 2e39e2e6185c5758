import type { Turn } from "~/live/transcript";

export interface Totals {
  tokens: number;
  costUsd: number;
  /** What answered last; null until a model has answered. */
  model: string | null;
}

/** What a conversation has used so far, and through which model. */
export function conversationTotals(turns: readonly Turn[]): Totals {
  const totals: Totals = { tokens: 0, costUsd: 0, model: null };
  for (const { usage } of turns) {
    if (!usage) continue;
    totals.tokens +=
      usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
    totals.costUsd += usage.cost_usd;
    totals.model = usage.model ?? totals.model;
  }
  return totals;
}
