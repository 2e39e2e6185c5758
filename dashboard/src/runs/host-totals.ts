import type { AuditedHost } from "~/api/runs";

/** What the trail tells of one host. */
export interface HostTotal {
  /** With its port where that is not the web's. */
  name: string;
  allowed: boolean;
  reason: string;
  /** Requests to connect. */
  count: number;
  /** Bytes. */
  up: number;
  down: number;
}

const WEB_PORT = 443;

/** One line a host and verdict, in the order they were first met; what was refused stands first. */
export function hostTotals(trail: readonly AuditedHost[]): HostTotal[] {
  const totals = new Map<string, HostTotal>();
  for (const { host, port, verdict, reason, bytes_up, bytes_down } of trail) {
    const name = port === WEB_PORT ? host : `${host}:${port}`;
    const allowed = verdict !== "denied";
    const key = `${name} ${allowed ? "" : reason}`;
    const total = totals.get(key) ?? { name, allowed, reason, count: 0, up: 0, down: 0 };
    // A connection is told of when it is allowed, and again, with its bytes, when it has ended.
    if (verdict !== "closed") total.count += 1;
    total.up += bytes_up;
    total.down += bytes_down;
    totals.set(key, total);
  }
  return [...totals.values()].sort((a, b) => Number(a.allowed) - Number(b.allowed));
}
