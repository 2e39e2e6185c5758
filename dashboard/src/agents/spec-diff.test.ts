import { describe, expect, it } from "vitest";
import { newSpec } from "~/api/agents";
import { changedFields, diffLines } from "./spec-diff";
import { folded } from "./version-diff";

const marks = { same: " ", added: "+", removed: "-" } as const;
const diff = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => marks[kind] + text);

describe("the lines that differ", () => {
  it("are found between those that do not", () => {
    expect(diff("a\nb\nc\nd", "a\nc\nx\nd")).toEqual([" a", "-b", " c", "+x", " d"]);
  });

  it("are all of them when nothing is alike, and none when all is", () => {
    expect(diff("a", "b")).toEqual(["-a", "+b"]);
    expect(diff("가\n나", "가\n나")).toEqual([" 가", " 나"]);
  });

  it("stay readable: long stretches without a change become their length", () => {
    const before = Array.from({ length: 10 }, (_, index) => `line ${index}`);
    const lines = folded(diffLines(before.join("\n"), [...before, "new"].join("\n")));
    expect(lines.map(({ item }) => (typeof item === "number" ? item : item.text))).toEqual([
      8,
      "line 8",
      "line 9",
      "new",
    ]);
  });
});

it("the fields that differ are told by their content, not by the order it came in", () => {
  const before = newSpec();
  const after = {
    ...newSpec(),
    notify: { budget: true, paused: true, success: false, failure: true },
    time_limit_seconds: 60,
    done: [{ kind: "file_exists" as const, path: "a.csv" }],
  };
  expect(changedFields(before, after)).toEqual(["time_limit_seconds", "done"]);
});
