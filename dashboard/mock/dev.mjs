/** Vite with hot reloading in front of the mock server. */
import { createServer } from "vite";
import { startMock } from "./server.mjs";

const port = 8099;
await startMock({ port });
process.env.BERTH_SERVER = `http://127.0.0.1:${port}`;
const vite = await createServer();
await vite.listen();
vite.printUrls();
