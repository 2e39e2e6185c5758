/** From this part of a budget on, its owner should look. */
const NEAR = 0.8;

/** How a month stands to its budget; `null` is no limit. */
export function toneOf(spent: number, limit: number | null): "ok" | "near" | "over" {
  if (limit === null || spent < limit * NEAR) return "ok";
  return spent < limit ? "near" : "over";
}

const DAY_MS = 86_400_000;

/** The budget spread evenly over its month: what a day may cost on average. */
export const dayShare = (limit: number, from: string, to: string): number =>
  limit / Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS));
