import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** One server and one browser at a time: the machine's engine is shared, and figures of one test must not sway another. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    include: ["*.test.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // What is looked at again until it is so: as patient as a locator.
    expect: { poll: { timeout: 30_000 } },
    reporters: ["verbose"],
  },
});
