import type { QueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import { filesQuery, saveText } from "~/api/files";

const SAMPLE = "sales.csv";

/** Puts the sample table into the workspace, unless there is a file of that name: that one is the user's own. */
export async function putSample(queries: QueryClient): Promise<void> {
  const { entries } = await queries.fetchQuery(filesQuery(""));
  if (entries.some(({ name }) => name === SAMPLE)) return;
  const sample = await request(`/assets/sample/${SAMPLE}`);
  await saveText(SAMPLE, await sample.text(), null);
  void queries.invalidateQueries({ queryKey: ["files"] });
}
