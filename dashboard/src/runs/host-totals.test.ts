import { expect, it } from "vitest";
import type { AuditedHost } from "~/api/runs";
import { hostTotals } from "./host-totals";

const entry = (host: string, verdict: AuditedHost["verdict"], bytes = 0, port = 443): AuditedHost => ({
  at: "2026-11-21T08:00:00Z",
  host,
  port,
  verdict,
  reason: verdict === "denied" ? "not_listed" : "listed",
  bytes_up: bytes,
  bytes_down: bytes * 2,
});

it("counts a connection once, with the bytes of its end, and puts what was refused first", () => {
  const trail = [
    entry("example.com", "allowed"),
    entry("example.com", "closed", 10),
    entry("example.com", "allowed"),
    entry("example.com", "closed", 5),
    entry("evil.test", "denied"),
    entry("example.com", "denied", 0, 80),
  ];
  expect(hostTotals(trail)).toEqual([
    { name: "evil.test", allowed: false, reason: "not_listed", count: 1, up: 0, down: 0 },
    { name: "example.com:80", allowed: false, reason: "not_listed", count: 1, up: 0, down: 0 },
    { name: "example.com", allowed: true, reason: "listed", count: 2, up: 15, down: 30 },
  ]);
});
