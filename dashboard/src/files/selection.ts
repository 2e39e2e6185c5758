import { useState } from "react";
import type { FileEntry } from "~/api/client";

/** Which entries of a folder are chosen; going to another folder chooses nothing. */
export function useSelection(folder: string, entries: readonly FileEntry[]) {
  const [chosen, setChosen] = useState<{ folder: string; names: ReadonlySet<string> }>({
    folder,
    names: new Set(),
  });
  const names = chosen.folder === folder ? chosen.names : new Set<string>();
  // What was deleted or renamed meanwhile is not chosen any more.
  const selected = entries.filter(({ name }) => names.has(name));
  const set = (next: Iterable<string>) => setChosen({ folder, names: new Set(next) });
  return {
    selected,
    has: (name: string) => names.has(name),
    toggle: (name: string) =>
      set(names.has(name) ? [...names].filter((other) => other !== name) : [...names, name]),
    all: () => set(entries.map(({ name }) => name)),
    none: () => set([]),
  };
}

export type Selection = ReturnType<typeof useSelection>;
