import { useState } from "react";
import { uuidv7 } from "~/lib/ids";
import { browserZone } from "~/lib/zone";

/** What a newcomer has said and done so far, kept in the tab: a reload goes on where they were. */
export interface Answers {
  step: 1 | 2 | 3 | 4;
  timeZone: string;
  occupation: string;
  /** The client's id of the example's message, once it was sent. */
  messageId: string | null;
  conversationId: string | null;
  /** Makes one agent of however many tries. */
  agentKey: string;
}

const KEY = "berth.onboarding";

export function useAnswers(): [Answers, (change: Partial<Answers>) => void] {
  const [answers, setAnswers] = useState(() => ({ ...fresh(), ...read() }));
  const change = (next: Partial<Answers>) =>
    setAnswers((before) => {
      const after = { ...before, ...next };
      try {
        sessionStorage.setItem(KEY, JSON.stringify(after));
      } catch {
        // They then hold as long as the page.
      }
      return after;
    });
  return [answers, change];
}

export function forgetAnswers(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept then.
  }
}

function fresh(): Answers {
  return {
    step: 1,
    timeZone: browserZone(),
    occupation: "",
    messageId: null,
    conversationId: null,
    agentKey: uuidv7(),
  };
}

function read(): Partial<Answers> {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
