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
  const uploads = useRef(new Map<string, Upload & { name: string }>());
  const change = useCallback((id: string, next: Partial<Attachment>) => {
    setItems((all) => all.map((item) => (item.id === id ? { ...item, ...next } : item)));
  }, []);

  const add = useCallback(
    async (files: readonly File[]) => {
      // On the screen at once: a message must not leave without them while the folder is looked at.
      const added = files.map((file) => ({ id: uuidv7(), file }));
      const fresh = added.map(
        ({ id, file }): Attachment => ({ id, name: file.name, path: "", percent: 0, state: "uploading" }),
      );
      setItems((all) => [...all, ...fresh]);
      const names = (folder: string) =>
        queries
          .fetchQuery({ ...filesQuery(folder), staleTime: 0 })
          .then(({ entries }) => entries.map((entry) => entry.name))
          .catch((): string[] => []);
      // The folder comes with the first attachment.
      const there = (await names("")).includes(FOLDER);
      const taken = new Set([
        ...(there ? await names(FOLDER) : []),
        ...[...uploads.current.values()].map(({ name }) => name),
      ]);
      for (const { id, file } of added) {
        const name = freeName(file.name, taken);
        taken.add(name);
        const started = upload(`${FOLDER}/${name}`, file, (sent) =>
          change(id, { percent: file.size ? Math.floor((sent / file.size) * 100) : 100 }),
        );
        change(id, { name, path: `${FOLDER}/${name}` });
        uploads.current.set(id, { ...started, name });
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
