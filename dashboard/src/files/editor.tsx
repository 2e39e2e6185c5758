import { Save } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FileBody, saveText } from "~/api/files";
import { errorText } from "~/api/words";
import { decodeText } from "~/lib/csv";
import { Button } from "~/ui/button";
import { createEditor } from "./code-mirror";
import { nameOf } from "./paths";

/** A text file: read, changed and saved in place, unless someone changed it meanwhile (`If-Match`). */
export function Editor({ path, body, onSaved }: { path: string; body: FileBody; onSaved(): void }) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Awaited<ReturnType<typeof createEditor>> | null>(null);
  const etag = useRef(body.etag);
  const [changed, setChanged] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const label = t("files.edit", { name: nameOf(path) });

  const save = async () => {
    if (!editor.current || busy) return;
    setBusy(true);
    setError(null);
    const text = editor.current.text();
    try {
      etag.current = await saveText(path, text, etag.current);
      setChanged(editor.current.text() !== text);
      onSaved();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const latestSave = useRef(save);
  latestSave.current = save;

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let gone = false;
    void body.blob.arrayBuffer().then(async (bytes) => {
      const made = await createEditor(element, {
        text: decodeText(bytes),
        path,
        label,
        onChange: () => setChanged(true),
        onSave: () => void latestSave.current(),
      });
      if (gone) return made.destroy();
      editor.current = made;
    });
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = null;
    };
  }, [body, path, label]);

  useEffect(() => {
    if (!changed) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [changed]);

  return (
    <>
      <div ref={host} className="min-h-0 flex-1 overflow-hidden" />
      <div className="flex min-h-12 items-center gap-3 border-line border-t py-1.5 pr-2 pl-4">
        <div className="min-w-0 flex-1 text-[0.875rem]" role={error ? "alert" : "status"}>
          {error ? (
            <span className="text-bad">{errorText(t, error)}</span>
          ) : changed ? (
            <span className="text-warn">{t("files.unsaved")}</span>
          ) : null}
        </div>
        <Button look="primary" disabled={!changed || busy} onClick={() => void save()}>
          <Save aria-hidden /> {t("common.save")}
        </Button>
      </div>
    </>
  );
}
