/** Pictures of the screens, for looking at: `node mock/shot.mjs [name …]`; they land in `shots/`. */
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { SCENES } from "./scenes.mjs";
import { startMock } from "./server.mjs";

const only = process.argv.slice(2);
mkdirSync("shots", { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const [name, { language = "en", theme = "light", width = 1440, height = 900, act }] of Object.entries(
  SCENES,
)) {
  if (only.length > 0 && !only.some((wanted) => name.startsWith(wanted))) continue;
  const { server, world, sockets } = await startMock({ port: 0, speed: 6 });
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language === "ko" ? "ko-KR" : "en-US",
    timezoneId: "Asia/Seoul",
  });
  const page = await context.newPage();
  page.on(
    "console",
    (message) => ["error", "warning"].includes(message.type()) && console.log(`${name}: ${message.text()}`),
  );
  page.on("pageerror", (error) => console.log(`${name}: ${error.stack}`));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  try {
    await act(page, world);
  } catch (error) {
    console.log(`${name}: ${error.message.split("\n")[0]}`);
  }
  await page.screenshot({ path: `shots/${name}.png` });
  await context.close();
  for (const socket of sockets.clients) socket.terminate();
  server.close();
}
await browser.close();
