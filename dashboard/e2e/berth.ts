/** The real server: the binary itself, the real engine, the real CLI; only the model is the built-in script. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");
const STARTED_WITHIN_MS = 30_000;

function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const path = process.env.BERTH_BIN ?? join(target, "debug/berth");
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build -p berth, or set BERTH_BIN`);
  return path;
}

export class Berth {
  readonly #data = mkdtempSync(join(tmpdir(), "berth-e2e-"));
  #process: ChildProcess | null = null;
  #log = "";
  /** Everyone who has signed in: theirs are the workspaces to remove, and no others. */
  readonly users = new Set<string>();
  /** The printed link; its origin stays the same over restarts. */
  link = "";

  get origin(): string {
    return new URL(this.link).origin;
  }

  /** Starts the server and waits for its link; after the first time at the same address. */
  async start(): Promise<void> {
    const listen = this.link ? new URL(this.link).host : "127.0.0.1:0";
    const { ANTHROPIC_API_KEY: _, ...env } = process.env;
    const child = spawn(binary(), ["up", "--listen", listen, "--data", this.#data, "--demo"], {
      stdio: ["ignore", "pipe", "pipe"],
      env,
    });
    this.#process = child;
    child.stderr?.on("data", (chunk) => {
      this.#log += chunk;
    });
    this.link = await new Promise<string>((found, failed) => {
      const give = (why: string) => failed(new Error(`berth up ${why}\n${this.#log}`));
      const timer = setTimeout(() => give("did not start in time"), STARTED_WITHIN_MS);
      let said = "";
      child.on("exit", (code) => give(`ended with ${code}`));
      child.stdout?.on("data", (chunk) => {
        said += chunk;
        const link = /^ready (\S+)$/m.exec(said)?.[1];
        if (!link) return;
        clearTimeout(timer);
        found(link);
      });
    });
  }

  /** Ends the server as a power cut would. */
  async crash(): Promise<void> {
    await this.#end("SIGKILL");
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
    if (!child || child.exitCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
}

function docker(...args: string[]): string[] {
  return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}
