import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { filesQuery, type Upload, upload } from "~/api/files";
import { uuidv7 } from "~/lib/ids";
import { freeName } from "./attached";

const FOLDER = "uploads";

export interface Attachment {
  id: string;
  name: string;
  path: string;
  percent: number;
  state: "uploading" | "done" | "failed";
}

/** Files that will go with the next message: uploaded to the workspace as soon as they are chosen. */
export function useAttachments() {
  const queries = useQueryClient();
  const [items, setItems] = useState<readonly Attachment[]>([]);
  const uploads = useRef(new Map<string, Upload>());
  const change = useCallback((id: string, next: Partial<Attachment>) => {
    setItems((all) => all.map((item) => (item.id === id ? { ...item, ...next } : item)));
  }, []);

  const add = useCallback(
    async (files: readonly File[]) => {
      const listing = await queries.fetchQuery(filesQuery(FOLDER)).catch(() => null);
      const taken = new Set(listing?.entries.map((entry) => entry.name));
      for (const file of files) {
        const name = freeName(file.name, taken);
        taken.add(name);
        const id = uuidv7();
        const path = `${FOLDER}/${name}`;
        setItems((all) => [...all, { id, name, path, percent: 0, state: "uploading" }]);
        const started = upload(path, file, (sent) =>
          change(id, { percent: file.size ? Math.floor((sent / file.size) * 100) : 100 }),
        );
        uploads.current.set(id, started);
        started.done.then(
          () => change(id, { state: "done", percent: 100 }),
          () => change(id, { state: "failed" }),
        );
      }
    },
    [queries, change],
  );

  const remove = useCallback((id: string) => {
    uploads.current.get(id)?.cancel();
    uploads.current.delete(id);
    setItems((all) => all.filter((item) => item.id !== id));
  }, []);

  const clear = useCallback(() => {
    uploads.current.clear();
    setItems([]);
  }, []);

  return { items, add, remove, clear };
}
