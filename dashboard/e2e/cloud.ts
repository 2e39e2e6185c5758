/** Berth as it is on Google Cloud, on this machine: the roles as processes, two apis behind a balancer, emulators that can be held up. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { built, end, ROOT, startUntil } from "./berth";

/** Emulators, roles and two workspaces' images on a busy machine. */
export const STARTS_WITHIN_MS = 180_000;
/** The balancer's port and those behind it (docker/cloud.sh). */
const PORTS = 8;

export class Cloud {
  #process: ChildProcess | null = null;
  readonly users = new Set<string>();
  link = "";

  get origin(): string {
    return new URL(this.link).origin;
  }

  async start(): Promise<void> {
    const make = "cargo build --workspace --features berth/gcp";
    this.#process = spawn("bash", [join(ROOT, "docker/cloud.sh")], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        BERTH_CLOUD_PORT: String(await freePorts()),
        BERTH_BIN: process.env.BERTH_BIN ?? built("debug/berth", make),
        BERTH_LOCAL_CLOUD: process.env.BERTH_LOCAL_CLOUD ?? built("debug/berth-local-cloud", make),
      },
    });
    this.link = await startUntil(this.#process, /^ready (\S+)$/m, STARTS_WITHIN_MS);
  }

  /** Where people sign in. */
  async accounts(): Promise<string> {
    const answer = await fetch(`${this.origin}/api/auth/google`, { redirect: "manual" });
    return new URL(answer.headers.get("location") ?? "").origin;
  }

  /** Holds an emulator up for so long, so that what it is asked hangs. Meanwhile `act` does something; then it goes on. */
  async without(emulator: "firestore" | "pubsub", ms: number, act: () => Promise<void>): Promise<void> {
    const held = this.#processOf(emulator);
    process.kill(held, "SIGSTOP");
    try {
      await Promise.all([setTimeout(ms), act()]);
    } finally {
      process.kill(held, "SIGCONT");
    }
  }

  async end(): Promise<void> {
    if (this.#process) await end(this.#process);
  }

  /** The emulator below our own script: its Java, by the archive it runs. */
  #processOf(emulator: string): number {
    const children = (pid: number): number[] =>
      readdirSync(`/proc/${pid}/task`).flatMap((task) =>
        readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
      );
    const below = (pid: number): number[] => children(pid).flatMap((child) => [child, ...below(child)]);
    const found = below(this.#process?.pid ?? process.pid).find((pid) => {
      const [program = "", ...rest] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return program.endsWith("java") && rest.some((word) => word.includes(`${emulator}-emulator`));
    });
    if (!found) throw new Error(`no ${emulator} emulator is below docker/cloud.sh`);
    return found;
  }
}

/** The first of as many ports as are needed, all of them free a moment ago and below those that connections are given. */
async function freePorts(): Promise<number> {
  for (let first = 18_080; first < 32_000; first += PORTS) {
    const ports = Array.from({ length: PORTS }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error("no eight ports in a row are free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", () => answer(false));
    server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
  });
}
