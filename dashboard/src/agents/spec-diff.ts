/** What differs between two versions of an agent. */
import type { AgentSpec } from "~/api/agents";

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

/** Longer texts than this many lines, multiplied, are shown as replaced: a table of all pairs would be too large. */
const MAX_PAIRS = 4_000_000;

/** The shortest way from one text to the other, line by line. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (a.length * b.length > MAX_PAIRS) return [...a.map(removed), ...b.map(added)];
  const common = commonLengths(a, b);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ kind: "same", text: left });
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push(removed(left ?? ""));
      i++;
    } else {
      lines.push(added(right));
      j++;
    }
  }
  return lines;
}

const removed = (text: string): DiffLine => ({ kind: "removed", text });
const added = (text: string): DiffLine => ({ kind: "added", text });
const at = (table: Uint32Array[], i: number, j: number) => table[i]?.[j] ?? 0;

/** How many lines the ends of both texts have in common, from each pair of places. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const row = table[i];
    if (!row) continue;
    for (let j = b.length - 1; j >= 0; j--)
      row[j] =
        a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
  }
  return table;
}

export type SpecField = Exclude<keyof AgentSpec, "prompt">;

const FIELDS: readonly SpecField[] = [
  "name",
  "model",
  "time_limit_seconds",
  "cost_limit_usd",
  "network",
  "done",
  "notify",
];

/** The fields beside the prompt that differ. */
export function changedFields(before: AgentSpec, after: AgentSpec): SpecField[] {
  return FIELDS.filter((field) => canonical(before[field]) !== canonical(after[field]));
}

/** Equal for equal content, whatever order the fields come in. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
