/**
 * A stand-in for the server while the dashboard is worked on: REST, WebSocket, and the built page under the very
 * content security policy the real server sends. State lives in memory; answers follow `script.mjs`.
 */
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { route } from "./rest.mjs";
import { World } from "./world.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".csv": "text/csv",
};
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function startMock({ port = 8080, speed = 1 } = {}) {
  const world = new World(speed);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://mock");
    if (url.pathname.startsWith("/api/") || url.pathname === "/health")
      return route(world, request, response, url);
    page(response, url.pathname);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    if (world.signedOut || world.deaf) return socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (ws) => world.connect(ws));
  });
  return new Promise((resolve) =>
    server.listen(port, "127.0.0.1", () => resolve({ server, world, sockets })),
  );
}

function page(response, path) {
  const wanted = join(DIST, normalize(path));
  const file = path.startsWith("/assets/") && existsSync(wanted) ? wanted : join(DIST, "index.html");
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
  });
  createReadStream(file).pipe(response);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 8080);
  await startMock({ port });
  console.log(`mock http://127.0.0.1:${port}/`);
}
