import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { startMock } from "../mock/server.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;

export async function open() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
}

export const close = () => browser.close();

/** A fresh mock and a fresh page on it; fails when the page logs an error, a policy violation among them. */
export async function withPage(options, act) {
  const { language = "en", theme = "light", width = 1280, height = 800, speed = 10 } = options;
  const { server, world, sockets } = await startMock({ port: 0, speed });
  const origin = `http://127.0.0.1:${server.address().port}`;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: language === "ko" ? "ko-KR" : "en-US",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.stack));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  try {
    await page.goto(origin);
    await act({ page, world, origin, requests });
    const unexpected = problems.filter(
      (text) => !(options.expected ?? []).some((known) => text.includes(known)),
    );
    if (unexpected.length > 0) throw new Error(`the page reported:\n${unexpected.join("\n")}`);
    const foreign = requests.filter((url) => !url.startsWith(origin) && !/^(blob|data):/.test(url));
    if (foreign.length > 0) throw new Error(`requests to elsewhere: ${foreign}`);
  } finally {
    await context.close();
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  }
}

/** What axe finds that is serious or worse, in words. Run through the debugger, which the page's policy does not bind. */
export async function seriousFindings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`,
    );
}
