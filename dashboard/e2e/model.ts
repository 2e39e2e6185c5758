/** A model API in a process of its own, for a server that is no demo. */
import { type ChildProcess, spawn } from "node:child_process";
import { built, end, startUntil } from "./berth";

export class ModelServer {
  #process: ChildProcess | null = null;
  #url = "";

  async start(): Promise<string> {
    const program = built(
      "debug/examples/model_server",
      "cargo build -p berth-fake-model --example model_server",
    );
    this.#process = spawn(program, ["127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    this.#url = await startUntil(this.#process, /^listening (\S+)$/m);
    return this.#url;
  }

  /** The names of the models that were asked, in order. */
  async asked(): Promise<string[]> {
    const received = await (await fetch(`${this.#url}/_control/requests`)).json();
    return received
      .filter(({ path }: { path: string }) => path === "/v1/messages")
      .map(({ body }: { body: { model: string } }) => body.model);
  }

  async stop(): Promise<void> {
    if (this.#process) await end(this.#process);
  }
}
