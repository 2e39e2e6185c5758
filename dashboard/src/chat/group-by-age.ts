type Age = "today" | "yesterday" | "week" | "older";

const AGES: readonly Age[] = ["today", "yesterday", "week", "older"];

/** Sorts things into the reader's own days; the order within each is kept. */
export function groupByAge<T extends { updated_at: string }>(
  items: readonly T[],
  now: number,
): { age: Age; items: T[] }[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const day = (back: number) => new Date(midnight).setDate(new Date(midnight).getDate() - back);
  const age = (item: T): Age => {
    const at = Date.parse(item.updated_at);
    if (at >= midnight) return "today";
    if (at >= day(1)) return "yesterday";
    return at >= day(6) ? "week" : "older";
  };
  const groups = Map.groupBy(items, age);
  return AGES.flatMap((name) => {
    const found = groups.get(name);
    return found ? [{ age: name, items: found }] : [];
  });
}
