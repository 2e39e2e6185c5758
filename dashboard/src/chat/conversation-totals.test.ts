import { expect, it } from "vitest";
import type { RunEvent } from "~/live/protocol";
import { applyEvents, emptyTranscript } from "~/live/transcript";
import { conversationTotals } from "./conversation-totals";

const usage = (output_tokens: number, cost_usd: number, model: string | null): RunEvent => ({
  kind: "usage",
  input_tokens: 1,
  output_tokens,
  cache_read_tokens: 2,
  cache_write_tokens: 3,
  cost_usd,
  model,
});

it("adds up the runs of a conversation, of each only the latest figures, and tells what answered last", () => {
  const events: [string, RunEvent][] = [
    ["one", usage(1, 0.5, "small")],
    ["one", usage(4, 1, "large")],
    ["two", usage(10, 2, null)],
  ];
  const { turns } = applyEvents(
    emptyTranscript,
    events.map(([run_id, event], index) => ({ seq: index + 1, run_id, at: "2026-11-21T00:00:00Z", event })),
  );
  expect(conversationTotals(turns)).toEqual({ tokens: 26, costUsd: 3, model: "large" });
  expect(conversationTotals([])).toEqual({ tokens: 0, costUsd: 0, model: null });
});
