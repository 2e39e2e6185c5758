import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { play } from "./script.mjs";

const SAMPLE = readFileSync(new URL("../public/assets/sample/sales.csv", import.meta.url));

/** Everything the mock knows: conversations with their events, files, settings, sockets. */
export class World {
  conversations = new Map();
  runs = new Map();
  files = new Map();
  accepted = new Map();
  sockets = new Set();
  workspace = "stopped";
  demo = true;
  keySet = false;
  signedOut = false;
  /** Refuses sockets, as if the server were away. */
  deaf = false;

  constructor(speed) {
    this.speed = speed;
    this.write("sales.csv", SAMPLE);
    this.write("reports/2024.md", Buffer.from("# Report 2024\n\nAll is well.\n"));
  }

  write(path, bytes) {
    const parts = path.split("/");
    for (let i = 1; i < parts.length; i++) this.mkdir(parts.slice(0, i).join("/"));
    this.files.set(path, { kind: "file", bytes, at: new Date().toISOString(), tag: `"${randomUUID()}"` });
  }

  mkdir(path) {
    if (!this.files.has(path)) this.files.set(path, { kind: "directory", at: new Date().toISOString() });
  }

  connect(ws) {
    const socket = { ws, follows: new Set() };
    this.sockets.add(socket);
    ws.on("close", () => this.sockets.delete(socket));
    ws.on("message", (data) => this.receive(socket, JSON.parse(data)));
    this.tell(socket, { type: "ready", user_id: "me", workspace: this.workspace });
  }

  tell(socket, frame) {
    if (socket.ws.readyState === 1) socket.ws.send(JSON.stringify(frame));
  }

  receive(socket, frame) {
    if (frame.type === "ping") return this.tell(socket, { type: "pong" });
    if (frame.type === "subscribe") return this.subscribe(socket, frame.conversation_id, frame.after);
    if (frame.type === "interrupt") {
      const conversation = this.conversations.get(frame.conversation_id);
      if (conversation?.active) this.runs.get(conversation.active).stop = "cancelled";
      return;
    }
    if (frame.type === "message") this.message(socket, frame);
  }

  subscribe(socket, id, after) {
    const conversation = this.conversations.get(id);
    if (!conversation) return;
    socket.follows.add(id);
    for (const event of conversation.events.slice(after))
      this.tell(socket, { type: "event", conversation_id: id, ...event });
    const live = conversation.live;
    if (live)
      this.tell(socket, {
        type: "delta",
        conversation_id: id,
        run_id: live.run,
        block: live.block,
        offset: 0,
        text: live.text,
      });
  }

  message(socket, { id, conversation_id, content }) {
    let known = this.accepted.get(id);
    if (!known) {
      const conversation = this.conversations.get(conversation_id) ?? this.create(content.slice(0, 60));
      known = { conversation_id: conversation.id, run_id: this.start(conversation, id, content) };
      this.accepted.set(id, known);
    }
    socket.follows.add(known.conversation_id);
    this.tell(socket, { type: "accepted", id, ...known });
  }

  create(title, at = new Date().toISOString()) {
    const id = randomUUID();
    const conversation = {
      id,
      title,
      created_at: at,
      updated_at: at,
      events: [],
      queue: [],
      active: null,
      live: null,
    };
    this.conversations.set(id, conversation);
    return conversation;
  }

  start(conversation, messageId, content) {
    const run = {
      id: randomUUID(),
      conversation,
      content,
      stop: null,
      state: "queued",
      attempt: 1,
      trigger: "chat",
      queued_at: new Date().toISOString(),
      started_at: null,
      finished_at: null,
      result: null,
      reason: null,
      usage: { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0, cost_usd: 0 },
    };
    this.runs.set(run.id, run);
    this.emit(conversation, run, { kind: "message", id: messageId, role: "user", content });
    this.emit(conversation, run, { kind: "queued" });
    conversation.queue.push(run);
    void this.drain(conversation);
    return run.id;
  }

  async drain(conversation) {
    if (conversation.active) return;
    const run = conversation.queue.shift();
    if (!run) return;
    conversation.active = run.id;
    await new Promise((resolve) => setTimeout(resolve, 300 / this.speed));
    await play(this, conversation, run);
    conversation.active = null;
    void this.drain(conversation);
  }

  emit(conversation, run, event) {
    const stored = {
      seq: conversation.events.length + 1,
      run_id: run.id,
      at: new Date().toISOString(),
      event,
    };
    conversation.events.push(stored);
    conversation.updated_at = stored.at;
    if (event.kind === "text") conversation.live = null;
    this.broadcast(conversation.id, { type: "event", conversation_id: conversation.id, ...stored });
  }

  delta(conversation, run, block, text) {
    if (conversation.live?.block !== block) conversation.live = { run: run.id, block, text: "" };
    const live = conversation.live;
    const frame = {
      type: "delta",
      conversation_id: conversation.id,
      run_id: run.id,
      block,
      offset: [...live.text].length,
      text,
    };
    live.text += text;
    this.broadcast(conversation.id, frame);
  }

  broadcast(id, frame) {
    for (const socket of this.sockets) if (socket.follows.has(id)) this.tell(socket, frame);
  }
}
