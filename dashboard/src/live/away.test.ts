/** The server's store goes away for a while: what is followed is followed again, and nothing is lost or shown twice. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "~/api/client";
import type { ServerFrame } from "./protocol";
import { event, make, READY, setUp, socket } from "./scripted";

const AWAY: ServerFrame = { type: "error", code: "store.unavailable", message: "away", id: null };
const PONG: ServerFrame = { type: "pong" };

beforeEach(() => {
  setUp();
  vi.spyOn(Math, "random").mockReturnValue(1);
});

describe("a subscription the store was away for", () => {
  /** One conversation with one event, whose subscription is refused. */
  async function refused() {
    const live = make({ history: async () => ({ items: [event(1)], more: false }) });
    socket().say(READY);
    await live.open("c1");
    socket().say(AWAY);
    return live;
  }
  const asked = () => socket().of("subscribe").length;

  it("is asked for again with growing waits until it is taken, and from then on not", async () => {
    await refused();
    for (const [seconds, count] of [
      [1, 2],
      [2, 3],
      [4, 4],
      [8, 5],
      [15, 6],
      [15, 7],
    ] as const) {
      vi.advanceTimersByTime(seconds * 1_000 - 1);
      expect(asked()).toBe(count - 1);
      vi.advanceTimersByTime(1);
      expect(asked()).toBe(count);
      socket().say(AWAY);
      socket().say(PONG);
    }
    vi.advanceTimersByTime(15_000);
    socket().say(PONG);
    vi.advanceTimersByTime(120_000);
    expect(asked()).toBe(8);
  });

  it("is told as delayed until the server has taken it", async () => {
    const live = await refused();
    expect(live.delayed).toBe(true);
    expect(live.connection.phase, "the line itself is well").toBe("open");
    vi.advanceTimersByTime(1_000);
    socket().say(AWAY);
    socket().say(PONG);
    expect(live.delayed).toBe(true);
    vi.advanceTimersByTime(2_000);
    expect(live.delayed, "not before the answer").toBe(true);
    socket().say(PONG);
    expect(live.delayed).toBe(false);
  });

  it("does not take the answer to an older ping for its own", async () => {
    const live = await refused();
    socket().onopen?.();
    vi.advanceTimersByTime(1_000);
    socket().say(AWAY);
    socket().say(PONG);
    // The heartbeat's ping is on its way when the subscription is asked for again.
    for (const again of [2_000, 4_000, 8_000]) {
      vi.advanceTimersByTime(again);
      socket().say(AWAY);
      socket().say(PONG);
    }
    vi.advanceTimersByTime(20_000 - 15_000);
    const pings = socket().of("ping").length;
    live.retryNow();
    expect(socket().of("ping").length).toBe(pings + 1);
    socket().say(PONG);
    expect(live.delayed).toBe(true);
    socket().say(PONG);
    expect(live.delayed).toBe(false);
  });

  it("brings what came meanwhile, after the last number known, and nothing twice", async () => {
    const live = await refused();
    vi.advanceTimersByTime(1_000);
    expect(socket().of("subscribe").at(-1)).toMatchObject({ conversation_id: "c1", after: 1 });
    for (const seq of [1, 2, 3, 3]) socket().say({ type: "event", conversation_id: "c1", ...event(seq) });
    socket().say(PONG);
    const { lastSeq, turns } = live.conversation("c1").transcript;
    expect(lastSeq).toBe(3);
    expect(turns[0]?.parts).toMatchObject([{ text: "text 1" }, { text: "text 2" }, { text: "text 3" }]);
  });

  it("is asked for at once when there is reason to hope", async () => {
    const live = await refused();
    live.retryNow();
    expect(asked()).toBe(2);
    socket().say(PONG);
    live.retryNow();
    expect(asked(), "it is followed").toBe(2);
  });

  it("is asked for once when the line breaks and comes back meanwhile", async () => {
    const live = await refused();
    socket().close();
    expect(live.delayed, "now the line is what there is to tell").toBe(false);
    vi.advanceTimersByTime(1_000);
    socket().say(READY);
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(1);
  });
});

describe("a refusal that is about something else", () => {
  it("of a message asks for no subscription", async () => {
    const live = make();
    socket().say(READY);
    await live.open("c1");
    const id = live.send("c1", "hello");
    socket().say({ ...AWAY, id });
    vi.advanceTimersByTime(60_000);
    expect(live.delayed).toBe(false);
    expect(socket().of("subscribe")).toHaveLength(1);
    expect(socket().of("message"), "and is not sent again by itself").toHaveLength(1);
  });
});

describe("a conversation that cannot be read", () => {
  it("is read again by itself, while it says why", async () => {
    const away = new ApiError("store.unavailable", 503, "away");
    const history = vi.fn().mockRejectedValueOnce(away).mockRejectedValueOnce(away);
    history.mockResolvedValue({ items: [event(1)], more: false });
    const live = make({ history });
    socket().say(READY);
    await live.open("c1");
    expect(live.conversation("c1")).toMatchObject({ loading: "failed", error: away });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(history).toHaveBeenCalledTimes(2);
    expect(live.conversation("c1").loading).toBe("failed");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(live.conversation("c1")).toMatchObject({ loading: "ready", error: null });
    expect(socket().of("subscribe")).toMatchObject([{ after: 1 }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(history).toHaveBeenCalledTimes(3);
  });

  it("stays so where asking again is of no use", async () => {
    const history = vi.fn().mockRejectedValue(new ApiError("internal", 500, "broken"));
    const live = make({ history });
    socket().say(READY);
    await live.open("c1");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(history).toHaveBeenCalledTimes(1);
  });
});
