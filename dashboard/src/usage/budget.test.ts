import { expect, it } from "vitest";
import { dayShare, toneOf } from "./budget";

it("is near its end at four fifths, and over at all of it", () => {
  expect([0, 7.99, 8, 9.99, 10, 12].map((spent) => toneOf(spent, 10))).toEqual([
    "ok",
    "ok",
    "near",
    "near",
    "over",
    "over",
  ]);
  expect(toneOf(1_000, null)).toBe("ok");
});

it("is spread over the days of its month, also over a month with an hour less", () => {
  expect(dayShare(30, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")).toBe(1);
  expect(dayShare(31, "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")).toBe(1);
});
