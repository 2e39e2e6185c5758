/** Agents made and run past the screens, for tests of what comes after. */
import type { Page } from "playwright-core";

export interface MadeAgent {
  name: string;
  prompt: string;
  done?: object[];
  schedule?: object;
  notify?: object;
}

const QUIET = { failure: true, success: false, paused: true, budget: true };

async function post<T>(page: Page, path: string, body: object): Promise<T> {
  const answer = await page.evaluate(
    async ([address, text]) => {
      const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
      const response = await fetch(address, { method: "POST", headers, body: text });
      return { ok: response.ok, text: await response.text() };
    },
    [path, JSON.stringify(body)] as const,
  );
  if (!answer.ok) throw new Error(`${path}: ${answer.text}`);
  return JSON.parse(answer.text);
}

/** Saves an agent; answers its id. */
export async function makeAgent(page: Page, agent: MadeAgent): Promise<string> {
  const rest = { model: null, time_limit_seconds: 600, cost_limit_usd: null };
  const network = { mode: "hosts", hosts: [] };
  const body = { ...rest, network, done: [], notify: QUIET, ...agent };
  return (await post<{ id: string }>(page, "/api/agents", body)).id;
}

/** Starts a run of it; answers the run's id. */
export async function startRun(page: Page, agent: string): Promise<string> {
  return (await post<{ run_id: string }>(page, `/api/agents/${agent}/runs`, {})).run_id;
}

/** Runs it and waits for the end. */
export async function runToEnd(page: Page, agent: string): Promise<string> {
  const run = await startRun(page, agent);
  await ended(page, run);
  return run;
}

export async function ended(page: Page, run: string): Promise<void> {
  await page.evaluate(async (id) => {
    const open = async () =>
      ["queued", "running"].includes((await (await fetch(`/api/runs/${id}`)).json()).state);
    while (await open()) await new Promise((later) => setTimeout(later, 300));
  }, run);
}

/** Starts the runs of past times; answers how many those are. */
export async function makeUp(page: Page, agent: string, from: Date, to: Date): Promise<number> {
  const period = { from: from.toISOString(), to: to.toISOString() };
  return (await post<{ slots: object[] }>(page, `/api/agents/${agent}/backfill`, period)).slots.length;
}

/** What a path of the API answers. */
export const read = <T>(page: Page, path: string): Promise<T> =>
  page.evaluate(async (address) => (await fetch(address)).json(), path);

/** Writes a file of the workspace; without a text it is removed. */
export const putFile = (page: Page, path: string, text?: string): Promise<void> =>
  page.evaluate(
    async ([target, body]) => {
      const address = `/api/files/${target.split("/").map(encodeURIComponent).join("/")}`;
      const change = body === undefined ? { method: "DELETE" } : { method: "PUT", body };
      const response = await fetch(address, change);
      if (!response.ok) throw new Error(await response.text());
    },
    [path, text] as const,
  );

/** Every test begins without agents. */
export async function removeAgents(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { items } = await (await fetch("/api/agents?limit=100")).json();
    for (const { id } of items) await fetch(`/api/agents/${id}`, { method: "DELETE" });
  });
}

/** What a run writes: a chart, a table and a result in Markdown, by the script in its prompt. */
export const SALES = [
  "[[bash:python3 -c \"import matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as p;",
  "p.bar(['Seoul','Busan'],[1200,900]); p.savefig('chart.png');",
  "open('report.csv','w').write('branch,sales\\nSeoul,1200\\nBusan,900\\n')\"]]",
  "[[say:# Sales by branch\n\nSeoul leads.\n\n| Branch | Sales |\n|---|---:|\n| Seoul | 1,200 |\n]]",
].join(" ");

export const HAS_REPORT = [{ kind: "min_rows", path: "report.csv", rows: 2 }];
