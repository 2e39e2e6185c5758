import { randomUUID } from "node:crypto";

/** The REST part of the mock, as far as the dashboard uses it. */
export async function route(world, request, response, url) {
  const path = url.pathname.replace(/^\/api/, "");
  const json = (body, status = 200) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body === null ? undefined : JSON.stringify(body));
  };
  const problem = (status, code) =>
    json({ type: "about:blank", title: code, status, detail: code, code }, status);
  const done = () => response.writeHead(204).end();
  if (world.signedOut) return problem(401, "session.missing");
  const body = async () => JSON.parse((await bytes(request)).toString() || "{}");
  const method = request.method;
  const [, root, id, part] = path.split("/");

  if (path === "/user/profile") return json({ id: "0199-me", name: "local" });
  if (path === "/auth/logout") {
    world.signedOut = true;
    return done();
  }
  if (path === "/workspace") return json(workspace(world));
  if (path === "/settings") {
    const model = {
      upstream: world.demo ? "demo" : "anthropic",
      key_set: world.keySet,
      model: "claude-opus-5-5",
    };
    return json({ model, limits: { concurrent_runs: 3 }, version: "0.1.0" });
  }
  if (path === "/settings/model-key") {
    world.keySet = method === "PUT";
    return done();
  }
  if (path === "/settings/demo") {
    world.demo = (await body()).enabled;
    return done();
  }
  if (path === "/usage") return json({ items: usage(url.searchParams), next: null });
  if (root === "conversations")
    return conversations(world, { method, id, part, url, body, json, problem, done });
  if (root === "runs") return runs(world, { method, id, part, url, json, problem });
  if (root === "files")
    return files(world, request, response, url, path.slice("/files".length), { json, problem, done });
  return problem(404, "not_found");
}

function workspace(world) {
  const ready = world.workspace === "ready";
  return {
    state: world.workspace,
    memory_bytes: ready ? 312_000_000 : null,
    memory_limit_bytes: 1_073_741_824,
    cpu_percent: ready ? 12.5 : null,
    model: "claude-opus-5-5",
    model_ready: world.demo || world.keySet,
    demo: world.demo,
  };
}

function view({ id, title, created_at, updated_at, events, active }) {
  return { id, title, created_at, updated_at, last_seq: events.length, active_run_id: active };
}

async function conversations(world, { method, id, part, url, body, json, problem, done }) {
  if (!id) {
    const items = [...world.conversations.values()]
      .sort((a, b) => b.updated_at.localeCompare(a.updated_at))
      .map(view);
    return json({ items, next: null });
  }
  const conversation = world.conversations.get(id);
  if (!conversation) return problem(404, "conversations.not_found");
  if (part === "events") {
    const after = Number(url.searchParams.get("after") ?? 0);
    const items = conversation.events.slice(after, after + 500);
    return json({ items, next: after + 500 < conversation.events.length ? String(after + 500) : null });
  }
  if (method === "DELETE") {
    world.conversations.delete(id);
    return done();
  }
  if (method === "PATCH") conversation.title = (await body()).title;
  return json(view(conversation));
}

function runView({ conversation, content, stop, ...run }) {
  return { ...run, agent_id: null, conversation_id: conversation.id, proved: null };
}

function runs(world, { method, id, part, url, json, problem }) {
  if (!id) return json({ items: [...world.runs.values()].reverse().map(runView), next: null });
  const run = world.runs.get(id);
  if (!run) return problem(404, "runs.not_found");
  if (part === "events") {
    const after = Number(url.searchParams.get("after") ?? 0);
    return json({
      items: run.conversation.events.filter((e) => e.run_id === id && e.seq > after),
      next: null,
    });
  }
  if (method === "POST" && part === "cancel") run.stop = "cancelled";
  if (method === "POST" && part === "retry") world.start(run.conversation, randomUUID(), run.content);
  return json(runView(run));
}

async function files(world, request, response, url, rest, { json, problem, done }) {
  if (!rest) return json(listing(world, (url.searchParams.get("path") ?? "").replace(/^\/|\/$/g, "")));
  const path = decodeURIComponent(rest.slice(1));
  const file = world.files.get(path);
  if (request.method === "PUT") {
    const match = request.headers["if-match"];
    const content = await bytes(request);
    if (match && file && match !== file.tag) return problem(412, "files.changed");
    world.write(path, content);
    response.setHeader("etag", world.files.get(path).tag);
    return done();
  }
  if (request.method === "POST" && url.searchParams.has("mkdir")) {
    if (file) return problem(409, "files.exists");
    world.mkdir(path);
    return done();
  }
  if (!file) return problem(404, "files.not_found");
  if (request.method === "POST") {
    const to = url.searchParams.get("rename_to");
    if (world.files.has(to)) return problem(409, "files.exists");
    world.files.set(to, file);
    world.files.delete(path);
    return done();
  }
  if (request.method === "DELETE") {
    for (const key of [...world.files.keys()])
      if (key === path || key.startsWith(`${path}/`)) world.files.delete(key);
    return done();
  }
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
    "content-security-policy": "sandbox",
    "x-content-type-options": "nosniff",
    etag: file.tag,
  });
  response.end(file.bytes);
}

function listing(world, folder) {
  const prefix = folder ? `${folder}/` : "";
  const entries = [...world.files]
    .filter(([path]) => path.startsWith(prefix) && !path.slice(prefix.length).includes("/"))
    .map(([path, file]) => ({
      name: path.slice(prefix.length),
      kind: file.kind,
      size: file.bytes?.length ?? 0,
      modified_at: file.at,
    }));
  return { path: folder, entries, truncated: false };
}

function usage(search) {
  const days = Math.min(
    31,
    Math.round((Date.parse(search.get("to")) - Date.parse(search.get("from"))) / 86_400_000) + 1,
  );
  const row = (n) => ({
    calls: 2 + (n % 5),
    input_tokens: 1200 * n,
    output_tokens: 900 * n,
    cache_read_tokens: 22_000 * n,
    cache_write_tokens: 2_000 * n,
    cost_usd: Number((0.031 * n).toFixed(4)),
  });
  if (search.get("by") === "model") {
    return [
      { model: "claude-opus-5-5", day: null, agent_id: null, ...row(40) },
      { model: "claude-haiku-5", day: null, agent_id: null, ...row(9) },
    ];
  }
  return Array.from({ length: days }, (_, i) => ({
    day: new Date(Date.parse(search.get("from")) + i * 86_400_000).toISOString().slice(0, 10),
    model: null,
    agent_id: null,
    ...row(((i * 7) % 11) + 1),
  })).filter((_, i) => i % 6 !== 5);
}

async function bytes(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}
