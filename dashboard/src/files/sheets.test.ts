import { expect, it } from "vitest";
import { squared } from "./sheets";

it("makes text of cells, and rows of one length", () => {
  expect(
    squared([
      ["날짜", "금액", null],
      [new Date("2026-11-21T00:00:00Z"), 1200.5],
      [new Date("2026-11-21T08:30:00Z"), null, true],
      [null, null, null],
    ]),
  ).toEqual([
    ["날짜", "금액", ""],
    ["2026-11-21", "1200.5", ""],
    ["2026-11-21 08:30", "", "true"],
  ]);
  expect(squared([])).toEqual([]);
});
