/** A page as a person has it, and what is watched behind their back. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Berth, ROOT } from "./berth";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = join(ROOT, "target/screenshots");
const PATIENCE_MS = 30_000;

/** Distributions name it differently. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

export type Language = "en" | "ko";
export type Theme = "light" | "dark";

export interface Visit {
  language?: Language;
  theme?: Theme;
  width?: number;
  height?: number;
  /** What the console may say: a server that is gone cannot be reached, and Chromium says so. */
  expected?: RegExp;
  /** Another origin that the page may ask. */
  also?: string;
  /** Address to open; without, the printed link and then the chat. */
  at?: string;
  /** Someone who has not been here before: they are welcomed first. */
  newcomer?: boolean;
}

export function launch(): Promise<Browser> {
  mkdirSync(SHOTS, { recursive: true });
  // The sandbox needs namespaces that root in a container has not; the pages are our own.
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/**
 * Opens the link in a fresh profile and acts there. Fails when the page reports an error, a violation of its policy
 * among them, or asks anyone but the server for anything.
 */
export async function visit(
  browser: Browser,
  berth: Pick<Berth, "link" | "origin" | "users">,
  options: Visit,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const { language = "en", theme = "light", width = 1440, height = 900 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: language === "ko" ? "ko-KR" : "en-US",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const reports: string[] = [];
  page.on("pageerror", (error) => reports.push(error.stack ?? error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !options.expected?.test(message.text())) reports.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    const known = [berth.origin, ...(options.also ? [options.also] : [])];
    if (!known.some((origin) => url.startsWith(origin)) && !/^(?:blob|data):/.test(url))
      reports.push(`a request to ${url}`);
  });
  try {
    await page.goto(options.at ?? berth.link);
    if (!options.at) {
      berth.users.add(await signedIn(page));
      await known(page, !options.newcomer);
      if (!options.newcomer) await page.goto(`${berth.origin}/chat`);
    }
    await act(page);
    if (reports.length > 0) throw new Error(`the page reported:\n${reports.join("\n")}`);
  } catch (error) {
    await page.screenshot({ path: join(SHOTS, "failed.png") });
    throw error;
  } finally {
    await context.close();
  }
}

async function signedIn(page: Page): Promise<string> {
  const profile = await page.evaluate(async () => (await fetch("/api/user/profile")).json());
  if (typeof profile.id !== "string") throw new Error(`not signed in: ${JSON.stringify(profile)}`);
  return profile.id;
}

/** Makes the user one who has been here before. */
async function known(page: Page, wanted: boolean): Promise<void> {
  const newcomer = await page.evaluate(async () => {
    const profile = await (await fetch("/api/user/profile")).json();
    return profile.onboarding.completed_at === null;
  });
  if (!wanted || !newcomer) return;
  await page.evaluate(async () => {
    const headers = { "content-type": "application/json" };
    await fetch("/api/user/onboarding", { method: "POST", headers, body: "{}" });
  });
}

/** Kept as test output under target/screenshots. */
export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

/** What axe finds that is serious or worse, in words. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, nodes }) => ({
      impact,
      text: `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`,
    }));
  });
  return found.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ text }) => text);
}

interface Logged {
  kind: string;
  role?: string;
  content?: string;
  text?: string;
  block?: number;
}

/** What the server has stored of the conversation on the screen. */
export async function stored(page: Page): Promise<{ seq: number; event: Logged }[]> {
  const id = new URL(page.url()).pathname.split("/").at(-1);
  return page.evaluate(async (conversation) => {
    const response = await fetch(`/api/conversations/${conversation}/events?limit=500`);
    return (await response.json()).items;
  }, id);
}

/** The user's messages in all conversations: what was really sent. */
export function sent(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const read = async (path: string) => (await (await fetch(path)).json()).items;
    const all: string[] = [];
    for (const { id } of await read("/api/conversations?limit=100")) {
      for (const { event } of await read(`/api/conversations/${id}/events?limit=500`)) {
        if (event.kind === "message" && event.role === "user") all.push(event.content);
      }
    }
    return all;
  });
}
