import { beforeEach, describe, expect, it, vi } from "vitest";
import { event, FakeSocket, MemoryStorage, make, READY, setUp, socket } from "./scripted";

beforeEach(setUp);

describe("a message", () => {
  it("written without a connection goes out when there is one", () => {
    const live = make();
    live.send("c1", "hello");
    expect(socket().sent).toEqual([]);
    socket().say(READY);
    expect(socket().of("message")).toMatchObject([{ id: "m1", conversation_id: "c1", content: "hello" }]);
  });

  it("is sent again after a reconnect, under its id, until it is accepted", () => {
    const live = make();
    socket().say(READY);
    live.send("c1", "hello");
    const first = socket();
    first.close();
    vi.advanceTimersByTime(1_000);
    expect(socket()).not.toBe(first);
    socket().say(READY);
    expect(socket().of("message")).toMatchObject([{ id: "m1" }]);
    socket().say({ type: "accepted", id: "m1", conversation_id: "c1", run_id: "r1" });
    expect(live.unsent()).toEqual([]);
    socket().close();
    vi.advanceTimersByTime(1_000);
    socket().say(READY);
    expect(socket().of("message")).toEqual([]);
  });

  it("survives a reload of the page", () => {
    const storage = new MemoryStorage();
    make({ storage }).send(null, "first words");
    const reloaded = make({ storage });
    expect(reloaded.unsent()).toMatchObject([{ content: "first words" }]);
    socket().say(READY);
    expect(socket().of("message")).toMatchObject([{ id: "m1", conversation_id: null }]);
  });

  it("of a new conversation tells where it was put, and that is followed at once", () => {
    const live = make();
    socket().say(READY);
    const id = live.send(null, "hello");
    socket().say({ type: "accepted", id, conversation_id: "c9", run_id: "r1" });
    expect(live.acceptedIn(id)).toBe("c9");
    expect(live.conversation("c9").transcript.turns[0]?.prompt?.content).toBe("hello");
    expect(socket().of("subscribe")).toMatchObject([{ conversation_id: "c9", after: 0 }]);
  });

  it("that is refused stays, says why, and is not sent again by itself", () => {
    const live = make();
    socket().say(READY);
    const id = live.send("c1", "hello");
    socket().say({ type: "error", code: "quota.concurrent_runs", message: "no", id });
    expect(live.unsent()[0]?.refused?.code).toBe("quota.concurrent_runs");
    socket().close();
    vi.advanceTimersByTime(1_000);
    socket().say(READY);
    expect(socket().of("message")).toEqual([]);
    live.resend(id);
    expect(socket().of("message")).toMatchObject([{ id }]);
  });
});

describe("a conversation", () => {
  it("is read page by page, and then followed after its last event", async () => {
    const pages = [[event(1), event(2)], [event(3)]];
    const live = make({
      history: async (_, after) => ({ items: pages[after === 0 ? 0 : 1] ?? [], more: after === 0 }),
    });
    socket().say(READY);
    await live.open("c1");
    expect(live.conversation("c1").transcript.lastSeq).toBe(3);
    expect(socket().of("subscribe")).toEqual([{ type: "subscribe", conversation_id: "c1", after: 3 }]);
  });

  it("goes on after a reconnect where it was", async () => {
    const live = make({ history: async () => ({ items: [event(1)], more: false }) });
    socket().say(READY);
    await live.open("c1");
    socket().say({ type: "event", conversation_id: "c1", ...event(2) });
    socket().close();
    vi.advanceTimersByTime(1_000);
    socket().say(READY);
    expect(socket().of("subscribe")).toMatchObject([{ after: 2 }]);
    socket().say({ type: "event", conversation_id: "c1", ...event(2) });
    socket().say({ type: "event", conversation_id: "c1", ...event(3) });
    expect(live.conversation("c1").transcript.turns[0]?.parts).toHaveLength(3);
  });

  it("is not asked for again when only the workspace's state has changed", async () => {
    const live = make();
    socket().say(READY);
    await live.open("c1");
    live.send("c1", "hello");
    socket().say({ ...READY, workspace: "stopped" });
    expect(live.workspace).toBe("stopped");
    expect(socket().of("subscribe")).toHaveLength(1);
    expect(socket().of("message")).toHaveLength(1);
  });

  it("with a hole is asked for again, once, and not in a storm", async () => {
    const live = make();
    socket().say(READY);
    await live.open("c1");
    for (const seq of [3, 4, 5]) socket().say({ type: "event", conversation_id: "c1", ...event(seq) });
    expect(socket().of("subscribe")).toMatchObject([{ after: 0 }, { after: 0 }]);
  });

  it("that does not exist says so", async () => {
    const live = make({ history: async () => null });
    await live.open("nowhere");
    expect(live.conversation("nowhere").loading).toBe("missing");
  });
});

describe("the line", () => {
  it("that answers no ping is given up and made anew", () => {
    make();
    socket().onopen?.();
    socket().say(READY);
    vi.advanceTimersByTime(20_000);
    expect(socket().of("ping")).toHaveLength(1);
    vi.advanceTimersByTime(10_000 + 1_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("that answers is kept", () => {
    make();
    socket().onopen?.();
    socket().say(READY);
    for (let minute = 0; minute < 6; minute++) {
      vi.advanceTimersByTime(20_000);
      socket().say({ type: "pong" });
    }
    expect(FakeSocket.all).toHaveLength(1);
  });
});
