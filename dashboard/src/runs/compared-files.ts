import type { RunFile } from "~/api/runs";

export interface FileChange {
  path: string;
  where: "added" | "removed" | "both";
  /** Bytes; null where that run did not make it. */
  before: number | null;
  after: number | null;
}

/** What two runs made, by path: first what only the newer one has. */
export function comparedFiles(before: readonly RunFile[], after: readonly RunFile[]): FileChange[] {
  const [old, now] = [sizes(before), sizes(after)];
  const order = { added: 0, removed: 1, both: 2 };
  return [...new Set([...now.keys(), ...old.keys()])]
    .map((path): FileChange => {
      const [then, today] = [old.get(path) ?? null, now.get(path) ?? null];
      const where = then === null ? "added" : today === null ? "removed" : "both";
      return { path, where, before: then, after: today };
    })
    .sort((a, b) => order[a.where] - order[b.where] || a.path.localeCompare(b.path));
}

const sizes = (files: readonly RunFile[]) => new Map(files.map(({ path, size }) => [path, size]));
