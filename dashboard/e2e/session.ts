/** A server and a browser for the tests of one file. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { Berth } from "./berth";
import { launch, type Visit, visit } from "./browser";

export interface Session {
  berth: Berth;
  /** Opens the dashboard in a fresh profile, see `visit`. */
  visit(options: Visit, act: (page: Page) => Promise<void>): Promise<void>;
}

/** `modelUrl`: where the model is that the server asks, once it is there; the built-in demo without. */
export function session(modelUrl?: () => Promise<string>): Session {
  const berth = new Berth();
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
    await berth.start((await modelUrl?.()) ?? null);
  });
  afterAll(async () => {
    await browser?.close();
    await berth.remove();
  });
  return { berth, visit: (options, act) => visit(browser, berth, options, act) };
}
