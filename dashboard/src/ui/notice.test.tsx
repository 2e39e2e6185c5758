import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { ApiError } from "~/api/client";
import { makeQueries } from "~/api/queries";
import { en } from "~/i18n/en";
import { ko } from "~/i18n/ko";
import { ErrorNotice } from "./notice";

const words = { en, ko };
const AWAY = new ApiError("store.unavailable", 503, "away");

beforeAll(() =>
  i18next
    .use(initReactI18next)
    .init({ lng: "en", resources: { en: { translation: en }, ko: { translation: ko } } }),
);
afterEach(cleanup);

function Part({ name, ask }: { name: string; ask(): Promise<string> }) {
  const { isError, error, refetch, data } = useQuery({ queryKey: [name], queryFn: ask, retry: false });
  return isError ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : data;
}

for (const language of ["en", "ko"] as const) {
  it(`says what happened, what it means and that it is tried again, and one press tries everything (${language})`, async () => {
    await i18next.changeLanguage(language);
    const t = words[language];
    const asks = ["one", "two"].map((answer) =>
      vi.fn().mockRejectedValueOnce(AWAY).mockResolvedValue(answer),
    );
    render(
      <QueryClientProvider client={makeQueries()}>
        {asks.map((ask, index) => (
          <Part key={String(index)} name={String(index)} ask={ask} />
        ))}
      </QueryClientProvider>,
    );
    const alerts = await waitFor(() => {
      const all = screen.getAllByRole("alert");
      expect(all).toHaveLength(2);
      return all;
    });
    expect(alerts.map(({ textContent }) => textContent)).toEqual(
      Array(2).fill(expect.stringContaining(t.error.storeWaits)),
    );
    expect(alerts[0]?.textContent).toContain("store.unavailable");
    await act(async () => {
      fireEvent.click(screen.getAllByRole("button", { name: t.common.tryNow })[0] as HTMLElement);
    });
    expect(await screen.findByText(/one\s*two/)).toBeTruthy();
    expect(asks.map((ask) => ask.mock.calls.length)).toEqual([2, 2]);
  });

  it(`promises nothing of the kind for what was to be changed (${language})`, async () => {
    await i18next.changeLanguage(language);
    render(
      <QueryClientProvider client={makeQueries()}>
        <ErrorNotice error={AWAY} />
      </QueryClientProvider>,
    );
    expect(screen.getByRole("alert").textContent).toContain(words[language].error.storeAway);
    expect(screen.queryByRole("button")).toBeNull();
  });
}
