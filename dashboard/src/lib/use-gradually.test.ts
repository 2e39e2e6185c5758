import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { AT_ONCE, useGradually } from "./use-gradually";

const shown = (items: number, loaded = true) => {
  const seen: number[] = [];
  const hook = renderHook(
    (props: { id: string; items: number; loaded: boolean }) => {
      const held = useGradually(props.id, props.items, props.loaded);
      seen.push(held);
      return held;
    },
    { initialProps: { id: "a", items, loaded } },
  );
  return { ...hook, seen };
};

it("shows some at once, and all of them in the end", async () => {
  const { result, seen } = shown(500);
  expect(seen[0]).toBe(500 - AT_ONCE);
  await waitFor(() => expect(result.current).toBe(0));
  expect(seen).toEqual([...seen].sort((one, other) => other - one));
});

it("begins another list with its own", async () => {
  const { result, rerender } = shown(500);
  await waitFor(() => expect(result.current).toBe(0));
  act(() => rerender({ id: "b", items: 500, loaded: true }));
  expect(result.current).toBe(500 - AT_ONCE);
});

it("shows nothing of a list that is still loading", async () => {
  const { result, rerender } = shown(100, false);
  act(() => rerender({ id: "a", items: 500, loaded: false }));
  expect(result.current).toBe(500);
  act(() => rerender({ id: "a", items: 500, loaded: true }));
  expect(result.current).toBe(500 - AT_ONCE);
  await waitFor(() => expect(result.current).toBe(0));
});

it("hides nothing that was shown when a list grows", async () => {
  const { result, seen, rerender } = shown(AT_ONCE);
  await waitFor(() => expect(seen.length).toBeGreaterThan(1));
  act(() => rerender({ id: "a", items: AT_ONCE + 1, loaded: true }));
  expect(result.current).toBe(0);
});
