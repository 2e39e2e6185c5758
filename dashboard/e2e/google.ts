/** Google, as far as signing in goes, in a process of its own; and a server that people sign in to with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Berth, built, end, startUntil } from "./berth";

export const MINA = "mina@example.com";
/** An account that may not come in. */
export const EVE = "eve@mail.example";

export class Google {
  #process: ChildProcess | null = null;
  url = "";

  async start(): Promise<void> {
    const program = built("debug/examples/issuer", "cargo build -p berth-fake-oidc --example issuer");
    this.#process = spawn(program, ["127.0.0.1:0", `1,${MINA},example.com`, `2,${EVE}`], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.url = await startUntil(this.#process, /^listening (\S+)$/m);
  }

  /** Starts a server to which members of example.com sign in here. */
  async serve(berth: Berth): Promise<void> {
    // Google sends people back to an address that is known beforehand.
    berth.link = `http://127.0.0.1:${await freePort()}/`;
    await berth.start(null, [
      ...["--public-url", berth.origin],
      ...["--google-client-id", "berth-e2e"],
      ...["--allowed-domain", "example.com"],
      ...["--google-authorize-url", `${this.url}/authorize`],
      ...["--google-keys-url", `${this.url}/certs`],
    ]);
  }

  async stop(): Promise<void> {
    if (this.#process) await end(this.#process);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
