// Opens pages in Chromium and prints, as JSON, how many milliseconds each took from its address to the frame that shows it.
//
//   node paint.mjs LINK ROUNDS PATH TEXT [PATH TEXT …]
//
// LINK signs the browser in. A page is there when TEXT stands in its main part and the frame with it has been painted. The
// browser comes from the dashboard's packages; CHROMIUM names its program.
import { createRequire } from "node:module";

const dashboard = new URL("../../../../dashboard/package.json", import.meta.url);
const { chromium } = createRequire(dashboard)("playwright-core");

const [link, rounds, ...rest] = process.argv.slice(2);
const pages = [];
for (let at = 0; at < rest.length; at += 2) pages.push({ path: rest[at], text: rest[at + 1], times: [] });

/** Notes, in the page, when the first frame with `text` was painted: two frames begin after it was there. */
function watch(text) {
  const look = () => {
    if (!document.querySelector("main")?.textContent?.includes(text)) return requestAnimationFrame(look);
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        globalThis.paintedAt = performance.now();
      }),
    );
  };
  look();
}

// The sandbox needs namespaces that root in a container has not; the pages are our own.
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
  const first = await context.newPage();
  await first.goto(link);
  await first.waitForFunction(async () => (await fetch("/api/user/profile")).ok);
  await first.close();
  // The first round fills the browser's caches, as any earlier visit has.
  for (let round = 0; round <= Number(rounds); round++) {
    for (const { path, text, times } of pages) {
      const page = await context.newPage();
      await page.addInitScript(watch, text);
      await page.goto(new URL(path, link).href);
      await page.waitForFunction(() => globalThis.paintedAt !== undefined);
      const took = await page.evaluate(() => globalThis.paintedAt);
      if (round > 0) times.push(took);
      await page.close();
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(pages.map(({ times }) => times)));
