import { expect, it } from "vitest";
import type { FileEntry } from "~/api/client";
import { branches, withAncestors } from "./tree";

const entry = (name: string, kind: FileEntry["kind"]): FileEntry =>
  ({ name, kind, size: 0, modified_at: "2026-11-21T00:00:00Z" }) as FileEntry;

const world: Record<string, FileEntry[]> = {
  "": [entry("b10", "directory"), entry("b9", "directory"), entry("x.csv", "file")],
  b9: [entry("deep", "directory")],
  b10: [],
};

it("shows the folders whose ancestors are open, in the reader's order", () => {
  const lines = branches(new Set(["", "b9"]), (path) => world[path], "ko");
  expect(lines.map(({ path, level, expanded, leaf }) => [path, level, expanded, leaf])).toEqual([
    ["", 1, true, false],
    ["b9", 2, true, false],
    ["b9/deep", 3, false, false],
    ["b10", 2, false, true],
  ]);
});

it("knows the way down to a folder", () => {
  expect(withAncestors("a/b")).toEqual(["a/b", "a", ""]);
  expect(withAncestors("")).toEqual([""]);
});
