import { describe, expect, it } from "vitest";
import { type DiffLine, lineDiff } from "./line-diff";

const of = (lines: readonly DiffLine[], side: "added" | "removed") =>
  lines
    .filter(({ kind }) => kind === "same" || kind === side)
    .map(({ text }) => text)
    .join("\n");

const changes = (before: string, after: string) =>
  lineDiff(before, after)
    .filter(({ kind }) => kind !== "same")
    .map(({ kind, text }) => `${kind === "added" ? "+" : "-"}${text}`);

describe("the difference of two texts", () => {
  it("is what was taken out and put in, in order", () => {
    expect(changes("a\nb\nc", "a\nx\nc")).toEqual(["-b", "+x"]);
    expect(changes("a\nb", "a\nb")).toEqual([]);
    expect(changes("a\nc", "a\nb\nc\nd")).toEqual(["+b", "+d"]);
    expect(changes("a\nb\nc", "c")).toEqual(["-a", "-b"]);
    expect(changes("", "a")).toEqual(["-", "+a"]);
  });

  it("has both texts whole, whatever they are", () => {
    // A small generator of its own, so that a failure comes again.
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const text = () => Array.from({ length: next(14) }, () => "abcd"[next(4)]).join("\n");
    for (let round = 0; round < 400; round++) {
      const [before, after] = [text(), text()];
      const lines = lineDiff(before, after);
      expect(of(lines, "removed"), `${before} | ${after}`).toBe(before);
      expect(of(lines, "added"), `${before} | ${after}`).toBe(after);
    }
  });

  it("gives up on texts that have nothing in common, and loses nothing", () => {
    const many = (mark: string) => Array.from({ length: 3_000 }, (_, line) => mark + line).join("\n");
    const lines = lineDiff(many("a"), many("b"));
    expect(of(lines, "removed")).toBe(many("a"));
    expect(of(lines, "added")).toBe(many("b"));
  });
});
