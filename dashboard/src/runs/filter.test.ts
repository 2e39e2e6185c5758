import { expect, it } from "vitest";
import { isNarrowed, parseSearch, toFilter } from "./filter";

const NOW = Date.parse("2026-11-21T08:30:42Z");

it("keeps of an address what can be meant", () => {
  const good = {
    agent: "0190-a",
    state: "unproved",
    trigger: "schedule",
    from: "2026-11-01",
    to: "2026-11-21",
  };
  expect(parseSearch(good)).toEqual(good);
  const bad = { agent: "../x", state: "odd", trigger: 3, time: "9y", from: "2026-13-40", to: "soon" };
  expect(parseSearch(bad)).toEqual({});
  expect(isNarrowed(parseSearch(bad))).toBe(false);
});

it("asks the server for what people call a state", () => {
  expect(toFilter({ state: "unproved" }, NOW)).toMatchObject({ state: ["succeeded"], proved: false });
  expect(toFilter({ state: "needs_you" }, NOW)).toMatchObject({ state: ["failed"], reason: "needs_you" });
  expect(toFilter({ state: "open" }, NOW).state).toEqual(["queued", "running"]);
  expect(toFilter({ agent: "chats" }, NOW)).toMatchObject({ kind: "chat" });
  expect(toFilter({ agent: "any" }, NOW)).toMatchObject({ kind: "agent" });
});

it("asks the same question all through a minute", () => {
  expect(toFilter({ time: "7d" }, NOW)).toEqual(toFilter({ time: "7d" }, NOW + 10_000));
  expect(toFilter({ time: "7d" }, NOW).from).toBe("2026-11-14T08:30:00.000Z");
});

it("means whole days of the reader's calendar", () => {
  const { from, to } = toFilter({ from: "2026-11-01", to: "2026-11-01" }, NOW);
  expect(from).toBe(new Date(2026, 10, 1).toISOString());
  expect(to).toBe(new Date(2026, 10, 2).toISOString());
});
