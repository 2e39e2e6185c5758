/** One line of two texts laid side by side. */
export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

/** Beyond so many steps two texts have too little in common for a list of changes to help anyone. */
const MAX_STEPS = 800;

/**
 * The shortest way from `before` to `after` in lines (Myers, 1986). Of texts that differ in more than some hundred lines,
 * all of the one and then all of the other.
 */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const trace = reach(a, b);
  if (!trace) {
    return [
      ...a.map((text): DiffLine => ({ kind: "removed", text })),
      ...b.map((text): DiffLine => ({ kind: "added", text })),
    ];
  }
  return walkBack(trace, a, b);
}

type Frontier = ReadonlyMap<number, number>;

/** How far each diagonal was reached after 0, 1, 2, … changes; null when there are too many. */
function reach(a: readonly string[], b: readonly string[]): Frontier[] | null {
  const most = Math.min(a.length + b.length, MAX_STEPS);
  const trace: Frontier[] = [];
  let frontier = new Map([[1, 0]]);
  for (let steps = 0; steps <= most; steps++) {
    trace.push(frontier);
    const next = new Map<number, number>();
    for (let k = -steps; k <= steps; k += 2) {
      let x = start(frontier, k, steps);
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return [...trace, next];
    }
    frontier = next;
  }
  return null;
}

/** Down when an added line leads further, right otherwise. */
function start(frontier: Frontier, k: number, steps: number): number {
  const [left, above] = [frontier.get(k - 1) ?? -1, frontier.get(k + 1) ?? -1];
  return k === -steps || (k !== steps && left < above) ? above : left + 1;
}

function walkBack(trace: readonly Frontier[], a: readonly string[], b: readonly string[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let [x, y] = [a.length, b.length];
  for (let steps = trace.length - 2; steps >= 0; steps--) {
    const frontier = trace[steps] as Frontier;
    const k = x - y;
    const from = start(frontier, k, steps);
    while (x > from && y > from - k) {
      x--;
      y--;
      lines.push({ kind: "same", text: a[x] ?? "" });
    }
    if (steps === 0) break;
    const added = (frontier.get(k + 1) ?? -1) === from && from - k - 1 === y - 1;
    if (added && y > 0) {
      y--;
      lines.push({ kind: "added", text: b[y] ?? "" });
    } else {
      x--;
      lines.push({ kind: "removed", text: a[x] ?? "" });
    }
  }
  return lines.reverse();
}
