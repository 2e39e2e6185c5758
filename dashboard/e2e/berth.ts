/** The real server: the binary itself, the real engine, the real CLI; only the model is a script, built in or on its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");
const STARTED_WITHIN_MS = 30_000;

/** What cargo has built, `debug/berth` say. */
export function built(name: string, make: string): string {
  const path = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), name);
  if (!existsSync(path)) throw new Error(`${path} is missing: ${make}`);
  return path;
}

/** Starts a program and waits until it prints `pattern`; answers what the pattern's group holds. */
export async function startUntil(
  child: ChildProcess,
  pattern: RegExp,
  withinMs = STARTED_WITHIN_MS,
): Promise<string> {
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log += chunk;
  });
  return new Promise<string>((found, failed) => {
    const give = (why: string) => failed(new Error(`${child.spawnfile} ${why}\n${log}`));
    const timer = setTimeout(() => give("did not start in time"), withinMs);
    let said = "";
    child.on("exit", (code) => give(`ended with ${code}`));
    child.stdout?.on("data", (chunk) => {
      said += chunk;
      const word = pattern.exec(said)?.[1];
      if (!word) return;
      clearTimeout(timer);
      found(word);
    });
  });
}

export class Berth {
  readonly #data = mkdtempSync(join(tmpdir(), "berth-e2e-"));
  #process: ChildProcess | null = null;
  /** Everyone who has signed in: theirs are the workspaces to remove, and no others. */
  readonly users = new Set<string>();
  /** The printed link; its origin stays the same over restarts. */
  link = "";

  get origin(): string {
    return new URL(this.link).origin;
  }

  /**
   * Starts the server and waits for its link; after the first time at the same address. Without a `modelUrl` it is a demo,
   * with one it asks a model there, with a key. `flags` are added.
   */
  async start(modelUrl: string | null = null, flags: readonly string[] = []): Promise<void> {
    const listen = this.link ? new URL(this.link).host : "127.0.0.1:0";
    const { ANTHROPIC_API_KEY: _, ...inherited } = process.env;
    const program = process.env.BERTH_BIN ?? built("debug/berth", "cargo build -p berth, or set BERTH_BIN");
    const child = spawn(
      program,
      ["up", "--listen", listen, "--data", this.#data, ...(modelUrl ? [] : ["--demo"]), ...flags],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: modelUrl ? { ...inherited, BERTH_MODEL_URL: modelUrl, ANTHROPIC_API_KEY: "any" } : inherited,
      },
    );
    this.#process = child;
    this.link = await startUntil(child, /^ready (\S+)$/m);
  }

  /** Ends the server as a power cut would. */
  async crash(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Starts the server again as if it had been off for so many minutes. */
  async oversleep(minutes: number): Promise<void> {
    const program = built("debug/examples/oversleep", "cargo build -p berth-harness --example oversleep");
    await this.#end("SIGTERM");
    execFileSync(program, [this.#data, String(minutes)]);
    await this.start();
  }

  /** Ends the server and removes everything it made on this machine. */
  async remove(): Promise<void> {
    await this.#end("SIGTERM");
    for (const container of docker("ps", "--all", "--format", "{{.Names}}")) {
      if ([...this.users].some((user) => container === `workspace-${user}`))
        docker("rm", "--force", container);
    }
    for (const volume of docker("volume", "ls", "--format", "{{.Name}}")) {
      if ([...this.users].some((user) => volume.startsWith(`workspace-${user}`)))
        docker("volume", "rm", volume);
    }
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child) await end(child, signal);
  }
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

function docker(...args: string[]): string[] {
  return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}
