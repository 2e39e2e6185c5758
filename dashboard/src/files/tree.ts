import type { FileEntry } from "~/api/client";
import { joinPath, nameOf, parentOf } from "./paths";

/** A folder as a line of the tree. */
export interface Branch {
  path: string;
  name: string;
  /** 1 is the workspace itself. */
  level: number;
  expanded: boolean;
  /** Unknown folders may hold others; only listing them tells. */
  leaf: boolean;
}

/** The folders in sight, in order: those whose ancestors are all expanded. `listing` answers what is known of a folder. */
export function branches(
  expanded: ReadonlySet<string>,
  listing: (path: string) => readonly FileEntry[] | undefined,
  language: string,
): Branch[] {
  const collator = new Intl.Collator(language, { numeric: true });
  const lines: Branch[] = [];
  const add = (path: string, level: number) => {
    const folders = listing(path)?.filter(({ kind }) => kind === "directory");
    const open = expanded.has(path);
    lines.push({ path, name: nameOf(path), level, expanded: open, leaf: folders?.length === 0 });
    if (!open) return;
    for (const { name } of folders?.toSorted((a, b) => collator.compare(a.name, b.name)) ?? [])
      add(joinPath(path, name), level + 1);
  };
  add("", 1);
  return lines;
}

/** A folder and all above it, the workspace included. */
export function withAncestors(path: string): string[] {
  const all = [path];
  for (let at = path; at !== ""; ) {
    at = parentOf(at);
    all.push(at);
  }
  return all;
}
