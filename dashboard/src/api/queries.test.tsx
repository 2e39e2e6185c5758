import {
  focusManager,
  notifyManager,
  type QueryClient,
  QueryClientProvider,
  useQuery,
} from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./client";
import { makeQueries } from "./queries";

const AWAY = new ApiError("store.unavailable", 503, "away");
const UNREACHED = new ApiError("network", 0, "refused");

let queries: QueryClient;

beforeEach(() => {
  vi.useFakeTimers();
  notifyManager.setScheduler(queueMicrotask);
  vi.spyOn(Math, "random").mockReturnValue(1);
  queries = makeQueries();
});
afterEach(() => {
  cleanup();
  queries.clear();
  focusManager.setFocused(undefined);
});

const pass = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1_000));

/** A page that shows what `ask` answers. */
function page(ask: () => Promise<unknown>, key = "page") {
  /** Every state that was ever on the screen. */
  const shown: string[] = [];
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const hook = () => {
    const { status, data, error, fetchStatus, refetch } = useQuery({ queryKey: [key], queryFn: ask });
    if (shown.at(-1) !== status) shown.push(status);
    return { status, data, error, fetchStatus, refetch };
  };
  const { result, unmount } = renderHook(hook, { wrapper });
  return { now: () => result.current, shown, leave: unmount };
}

/** A server that is away until it is told otherwise. */
function server(error: Error = AWAY) {
  const state = { away: true };
  const ask = vi.fn(async () => {
    if (state.away) throw error;
    return "here";
  });
  return { state, ask };
}

describe("a page whose server is away", () => {
  for (const error of [AWAY, UNREACHED, new ApiError("http.502", 502, "")]) {
    it(`says so and asks again with growing waits until it is back (${error.code})`, async () => {
      const { ask, state } = server(error);
      const { now, shown } = page(ask);
      await pass(0);
      expect(now().status, "it may have been a moment only").toBe("pending");
      await pass(1);
      expect(ask).toHaveBeenCalledTimes(2);
      expect(now()).toMatchObject({ status: "error", error });
      for (const [seconds, count] of [
        [1, 3],
        [2, 4],
        [4, 5],
        [8, 6],
        [15, 7],
        [15, 8],
      ] as const) {
        await pass(seconds - 0.01);
        expect(ask).toHaveBeenCalledTimes(count - 1);
        await pass(0.01);
        expect(ask).toHaveBeenCalledTimes(count);
      }
      state.away = false;
      await pass(15);
      expect(now()).toMatchObject({ status: "success", data: "here", error: null });
      expect(shown, "what is said stands still meanwhile").toEqual(["pending", "error", "success"]);
      await pass(300);
      expect(ask).toHaveBeenCalledTimes(9);
    });
  }

  it("does not take down what it says while an answer takes its time", async () => {
    const { ask } = server();
    const { now } = page(ask);
    await pass(1);
    ask.mockImplementationOnce(() => new Promise(() => {}));
    await pass(1);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(now()).toMatchObject({ status: "error", error: AWAY, fetchStatus: "fetching" });
  });

  it("asks at once when told to", async () => {
    const { ask, state } = server();
    const { now } = page(ask);
    await pass(1);
    state.away = false;
    void now().refetch();
    await pass(0);
    expect(now().status).toBe("success");
  });

  it("asks at once when the network is back", async () => {
    const { ask, state } = server(UNREACHED);
    const { now } = page(ask);
    window.dispatchEvent(new Event("offline"));
    await pass(20);
    expect(now().error, "a server on this machine needs no network").toBe(UNREACHED);
    state.away = false;
    window.dispatchEvent(new Event("online"));
    await pass(0);
    expect(now().status).toBe("success");
  });

  it("rests while nobody looks, and asks at once when somebody does", async () => {
    const { ask, state } = server();
    const { now } = page(ask);
    await pass(1);
    focusManager.setFocused(false);
    await pass(60);
    expect(ask).toHaveBeenCalledTimes(2);
    state.away = false;
    focusManager.setFocused(true);
    await pass(0);
    expect(now().status).toBe("success");
  });

  it("asks no more once it is left, and still says so when it is opened again", async () => {
    const { ask } = server();
    const { leave } = page(ask);
    await pass(1);
    leave();
    await pass(60);
    expect(ask).toHaveBeenCalledTimes(2);
    ask.mockImplementationOnce(() => new Promise(() => {}));
    const { now } = page(ask);
    await pass(0);
    expect(now()).toMatchObject({ status: "error", fetchStatus: "fetching" });
  });

  it("says so at once where another page has found out already", async () => {
    const { ask } = server();
    page(ask);
    await pass(1);
    const { now } = page(ask, "other");
    await pass(0);
    expect(now().status).toBe("error");
  });
});

describe("what is there already", () => {
  it("stays while it cannot be fetched anew", async () => {
    const { ask, state } = server();
    state.away = false;
    const { now } = page(ask);
    await pass(0);
    state.away = true;
    void queries.invalidateQueries();
    await pass(2);
    expect(now()).toMatchObject({ status: "error", data: "here" });
    state.away = false;
    await pass(15);
    expect(now()).toMatchObject({ status: "success", data: "here" });
  });
});

describe("an answer that is no", () => {
  it("is not asked for again", async () => {
    const { ask } = server(new ApiError("run.not_found", 404, "gone"));
    const { now } = page(ask);
    await pass(120);
    expect(now().status).toBe("error");
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("ends the tries", async () => {
    const { ask } = server();
    const { now } = page(ask);
    await pass(1);
    ask.mockRejectedValue(new ApiError("run.not_found", 404, "gone"));
    await pass(120);
    expect(now().error).toMatchObject({ status: 404 });
    expect(ask).toHaveBeenCalledTimes(3);
  });
});
