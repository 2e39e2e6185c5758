import { describe, expect, it } from "vitest";
import type { Delta, RunEvent, StoredEvent } from "./protocol";
import {
  activeTurn,
  applyAccepted,
  applyDelta,
  applyEvents,
  emptyTranscript,
  hasGap,
  type Transcript,
} from "./transcript";

const RUN = "run-1";

function stored(seq: number, event: RunEvent, run_id = RUN): StoredEvent {
  return { seq, run_id, at: new Date(seq * 1_000).toISOString(), event };
}

const usage = {
  input_tokens: 10,
  output_tokens: 5,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_usd: 0.01,
  model: "claude-opus-5-5",
};

/** A whole run, as the server stores it. */
const WHOLE: StoredEvent[] = [
  stored(1, { kind: "message", id: "m1", role: "user", content: "매출을 분석해 줘" }),
  stored(2, { kind: "queued" }),
  stored(3, { kind: "started" }),
  stored(4, { kind: "status", label: "thinking" }),
  stored(5, { kind: "text", block: 0, text: "먼저 볼게요." }),
  stored(6, { kind: "tool_use", tool_use_id: "t1", name: "Bash", input: { command: "python3 a.py" } }),
  stored(7, { kind: "tool_result", tool_use_id: "t1", is_error: false, content: "done" }),
  stored(8, { kind: "file", path: "chart.png", size: 10, media_type: "image/png" }),
  stored(9, { kind: "text", block: 2, text: "끝났어요." }),
  stored(10, { kind: "usage", ...usage }),
  stored(11, {
    kind: "finished",
    state: "succeeded",
    reason: "completed",
    result: "끝났어요.",
    duration_ms: 8_000,
  }),
];

const whole = applyEvents(emptyTranscript, WHOLE);

function delta(block: number, offset: number, text: string): Delta {
  return { run_id: RUN, block, offset, text };
}

function textOf(transcript: Transcript, block: number): string | null {
  const part = transcript.turns[0]?.parts.find((found) => found.type === "text" && found.block === block);
  return part?.type === "text" ? part.text : null;
}

describe("stored events", () => {
  it("make a turn with its parts in order", () => {
    const [turn] = whole.turns;
    expect(turn?.prompt?.content).toBe("매출을 분석해 줘");
    expect(turn?.parts.map((part) => part.type)).toEqual(["text", "tool", "file", "text"]);
    expect(turn?.state).toBe("succeeded");
    expect(turn?.outcome?.durationMs).toBe(8_000);
    expect(turn?.usage?.cost_usd).toBe(0.01);
    expect(whole.lastSeq).toBe(11);
  });

  it("change nothing when they come again", () => {
    expect(applyEvents(whole, WHOLE)).toBe(whole);
    const twice = WHOLE.flatMap((event) => [event, event]);
    expect(applyEvents(emptyTranscript, twice)).toEqual(whole);
  });

  it("are put in order, however they come", () => {
    const backwards = WHOLE.toReversed().reduce((all, event) => applyEvents(all, [event]), emptyTranscript);
    expect(backwards).toEqual(whole);
  });

  it("wait for one that is missing, and say so", () => {
    const holed = applyEvents(emptyTranscript, [...WHOLE.slice(0, 4), ...WHOLE.slice(5)]);
    expect(holed.lastSeq).toBe(4);
    expect(hasGap(holed)).toBe(true);
    expect(holed.turns[0]?.outcome).toBeNull();
    const filled = applyEvents(holed, WHOLE.slice(4, 5));
    expect(filled).toEqual(whole);
    expect(hasGap(filled)).toBe(false);
  });

  it("give the same when cut at any event and resumed after the last one seen", () => {
    for (let cut = 0; cut <= WHOLE.length; cut++) {
      const before = applyEvents(emptyTranscript, WHOLE.slice(0, cut));
      const resumed = WHOLE.filter((event) => event.seq > before.lastSeq);
      expect(applyEvents(before, resumed)).toEqual(whole);
    }
  });

  it("of usage tell sums, so that the last one counts", () => {
    const more = stored(12, { kind: "usage", ...usage, input_tokens: 30, cost_usd: 0.03 });
    expect(applyEvents(whole, [more]).turns[0]?.usage).toMatchObject({ input_tokens: 30, cost_usd: 0.03 });
  });

  it("of usage that cannot tell the model leave the known one", () => {
    const unknown = stored(12, { kind: "usage", ...usage, model: null });
    expect(applyEvents(whole, [unknown]).turns[0]?.usage?.model).toBe("claude-opus-5-5");
  });

  it("of a kind this version does not know are counted, not shown", () => {
    const odd = stored(12, { kind: "someday" } as unknown as RunEvent);
    const after = applyEvents(whole, [odd]);
    expect(after.lastSeq).toBe(12);
    expect(after.turns[0]?.parts).toEqual(whole.turns[0]?.parts);
  });

  it("end what was still running when a run is stopped", () => {
    const stopped = applyEvents(emptyTranscript, [
      ...WHOLE.slice(0, 6),
      stored(7, {
        kind: "finished",
        state: "cancelled",
        reason: "stopped_by_user",
        result: null,
        duration_ms: 10,
      }),
    ]);
    const tool = stopped.turns[0]?.parts.find((part) => part.type === "tool");
    expect(tool?.type === "tool" && tool.endedAt).toBeTruthy();
  });

  it("do not call a tool failed that was stopped with its run", () => {
    const stopped = applyEvents(emptyTranscript, [
      ...WHOLE.slice(0, 6),
      stored(7, { kind: "tool_result", tool_use_id: "t1", is_error: true, content: "interrupted" }),
      stored(8, {
        kind: "finished",
        state: "cancelled",
        reason: "stopped_by_user",
        result: null,
        duration_ms: 10,
      }),
    ]);
    expect(stopped.turns[0]?.parts.at(-1)).toMatchObject({ isError: false, output: null });
  });

  it("show a file that is written twice once, where it was written last", () => {
    const file: RunEvent = { kind: "file", path: "chart.png", size: 99, media_type: "image/png" };
    const again = applyEvents(emptyTranscript, [...WHOLE.slice(0, 9), stored(10, file)]);
    const files = again.turns[0]?.parts.filter((part) => part.type === "file");
    expect(files).toHaveLength(1);
    expect(again.turns[0]?.parts.at(-1)?.type).toBe("file");
  });

  it("show an answer as one message only when its text did not come as blocks", () => {
    const message: RunEvent = { kind: "message", id: "m2", role: "assistant", content: "안녕하세요" };
    const alone = applyEvents(emptyTranscript, [...WHOLE.slice(0, 3), stored(4, message)]);
    expect(alone.turns[0]?.parts).toHaveLength(1);
    const beside = applyEvents(emptyTranscript, [...WHOLE.slice(0, 5), stored(6, message)]);
    expect(beside.turns[0]?.parts).toHaveLength(1);
  });
});

describe("live text", () => {
  const started = applyEvents(emptyTranscript, WHOLE.slice(0, 3));

  it("grows by offsets that count UTF-16 units", () => {
    const parts = ["매출 ", "📈 ", "분석"];
    let transcript = started;
    let offset = 0;
    for (const part of parts) {
      transcript = applyDelta(transcript, delta(0, offset, part));
      offset += part.length;
    }
    expect(textOf(transcript, 0)).toBe("매출 📈 분석");
    expect(transcript.torn).toBe(false);
  });

  it("that comes again changes nothing", () => {
    const once = applyDelta(applyDelta(started, delta(0, 0, "Hello ")), delta(0, 6, "world"));
    expect(applyDelta(once, delta(0, 6, "world"))).toBe(once);
    expect(applyDelta(once, delta(0, 0, "Hello world"))).toBe(once);
  });

  it("from the start of the block, as after a resume, goes on where it is", () => {
    const before = applyDelta(started, delta(0, 0, "Hel"));
    const joined = applyDelta(before, delta(0, 0, "Hello wor"));
    expect(textOf(joined, 0)).toBe("Hello wor");
    expect(textOf(applyDelta(joined, delta(0, 9, "ld")), 0)).toBe("Hello world");
  });

  it("that is written anew replaces what was there", () => {
    const first = applyDelta(started, delta(0, 0, "Half an ans"));
    const again = applyDelta(first, delta(0, 0, "Whole"));
    expect(textOf(again, 0)).toBe("Whole");
    expect(textOf(applyDelta(again, delta(0, 5, " answer")), 0)).toBe("Whole answer");
  });

  it("with a hole is not shown wrongly, and asks for the block again", () => {
    const torn = applyDelta(applyDelta(started, delta(0, 0, "Hello")), delta(0, 8, "ld"));
    expect(textOf(torn, 0)).toBe("Hello");
    expect(torn.torn).toBe(true);
  });

  it("is replaced by the stored text, and does not come back after it", () => {
    const live = applyDelta(started, delta(0, 0, "먼저"));
    const final = applyEvents(live, WHOLE.slice(3, 5));
    expect(textOf(final, 0)).toBe("먼저 볼게요.");
    expect(textOf(applyDelta(final, delta(0, 2, " 다른 글")), 0)).toBe("먼저 볼게요.");
    expect(final.turns[0]?.parts).toHaveLength(1);
  });

  it("is dropped when the service starts the answer over, and what is stored stays", () => {
    const kept = applyEvents(started, WHOLE.slice(3, 5));
    const live = applyDelta(kept, delta(1, 0, "half an ans"));
    const retrying = applyEvents(live, [
      stored(6, { kind: "retrying", attempt: 2, max_attempts: 10, delay_ms: 500, status: 529 }),
    ]);
    expect(textOf(retrying, 1)).toBeNull();
    expect(textOf(retrying, 0)).toBe("먼저 볼게요.");
    expect(retrying.turns[0]?.retrying?.attempt).toBe(2);
    expect(applyDelta(retrying, delta(1, 0, "Again")).turns[0]?.retrying).toBeNull();
  });

  it("after the end of its run is ignored", () => {
    expect(applyDelta(whole, delta(3, 0, "late"))).toBe(whole);
  });
});

describe("an accepted message", () => {
  const accepted = { runId: "run-2", id: "m9", content: "and by region?", at: "2026-01-01T00:00:00Z" };

  it("stands at the end until its events come, and then is the same turn", () => {
    const shown = applyAccepted(whole, accepted);
    expect(shown.turns).toHaveLength(2);
    const came = applyEvents(shown, [
      stored(12, { kind: "message", id: "m9", role: "user", content: "and by region?" }, "run-2"),
    ]);
    expect(came.turns).toHaveLength(2);
    expect(came.turns[1]?.prompt?.id).toBe("m9");
  });

  it("stays last when history is loaded after it", () => {
    const early = applyAccepted(emptyTranscript, accepted);
    expect(applyEvents(early, WHOLE).turns.map((turn) => turn.runId)).toEqual([RUN, "run-2"]);
  });

  it("waits behind the turn that is being worked on", () => {
    const running = applyEvents(emptyTranscript, WHOLE.slice(0, 4));
    expect(activeTurn(applyAccepted(running, accepted))?.runId).toBe(RUN);
    expect(activeTurn(applyAccepted(whole, accepted))?.runId).toBe("run-2");
  });
});

describe("what only agents have", () => {
  const checks = [
    { check: { kind: "file_exists" as const, path: "a.csv" }, met: false, reason: "missing", found: null },
  ];

  it("a proposal is one card, however often it comes", () => {
    const proposal = { kind: "proposal" as const, proposal_id: "p1" };
    const { turns } = applyEvents(emptyTranscript, [
      stored(1, { kind: "started" }),
      stored(2, proposal),
      stored(3, { kind: "text", block: 1, text: "Please have a look." }),
      stored(4, proposal),
    ]);
    expect(turns[0]?.parts.map(({ type }) => type)).toEqual(["proposal", "text"]);
  });

  it("the verdict of a definition of done has its place in the flow", () => {
    const { turns } = applyEvents(emptyTranscript, [
      stored(1, { kind: "text", block: 0, text: "Done." }),
      stored(2, { kind: "checked", checks }),
    ]);
    expect(turns[0]?.parts.at(-1)).toEqual({ type: "checks", key: "checks", checks });
  });
});
