import { RotateCcw, Save } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/client";
import { type FileBody, saveText } from "~/api/files";
import { errorText } from "~/api/words";
import { decodeText } from "~/lib/csv";
import { Button } from "~/ui/button";
import { createEditor } from "./code-mirror";
import { drafts } from "./drafts";
import { nameOf } from "./paths";

/** A pause in writing after which the draft is kept. */
const KEEP_AFTER_MS = 300;

interface Props {
  path: string;
  body: FileBody;
  onSaved(): void;
  /** Shows the file as it is on the server. */
  onReload(): void;
}

/** A text file: read, changed and saved in place, unless someone changed it meanwhile (`If-Match`). */
export function Editor({ path, body, onSaved, onReload }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const latestSave = useRef<() => void>(() => {});
  const { host, editor, etag, changed, setChanged, forget } = useEditor(path, body, () =>
    latestSave.current(),
  );

  const save = async (overwrite = false) => {
    if (!editor.current || busy) return;
    setBusy(true);
    setError(null);
    const text = editor.current.text();
    try {
      etag.current = await saveText(path, text, overwrite ? null : etag.current);
      // One may have written on, or have gone to another file: then the draft is what there is.
      const now = editor.current?.text() ?? drafts.get(path)?.text ?? text;
      if (now === text) forget();
      else drafts.keep(path, { text: now, etag: etag.current });
      setChanged(now !== text);
      onSaved();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  latestSave.current = () => void save();
  const discard = () => {
    forget();
    onReload();
  };
  const conflict = error instanceof ApiError && error.status === 412;

  return (
    <>
      <div ref={host} className="min-h-0 flex-1 overflow-hidden" />
      <div className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1.5 border-line border-t py-1.5 pr-2 pl-4">
        <div className="min-w-0 flex-1 basis-48 text-[0.875rem]" role={error ? "alert" : "status"}>
          {error ? (
            <span className="text-bad">{conflict ? t("files.conflict") : errorText(t, error)}</span>
          ) : changed ? (
            <span className="text-warn">{t("files.unsaved")}</span>
          ) : null}
        </div>
        {changed && (
          <Button look="quiet" onClick={discard}>
            <RotateCcw aria-hidden /> {conflict ? t("files.takeTheirs") : t("files.discard")}
          </Button>
        )}
        <Button look="primary" disabled={!changed || busy} onClick={() => void save(conflict)}>
          <Save aria-hidden /> {conflict ? t("files.keepMine") : t("common.save")}
        </Button>
      </div>
    </>
  );
}

/** The editor itself, which begins from the draft where there is one, and leaves one behind when it goes. */
function useEditor(path: string, body: FileBody, onSave: () => void) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Awaited<ReturnType<typeof createEditor>> | null>(null);
  const etag = useRef(body.etag);
  const timer = useRef(0);
  const latestSave = useRef(onSave);
  latestSave.current = onSave;
  const [changed, setChanged] = useState(false);
  const label = t("files.edit", { name: nameOf(path) });

  const keep = useCallback(() => {
    if (!timer.current) return;
    clearTimeout(timer.current);
    timer.current = 0;
    if (editor.current) drafts.keep(path, { text: editor.current.text(), etag: etag.current });
  }, [path]);
  const forget = () => {
    clearTimeout(timer.current);
    timer.current = 0;
    drafts.drop(path);
  };

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let gone = false;
    void body.blob.arrayBuffer().then(async (bytes) => {
      const draft = drafts.get(path);
      etag.current = draft ? draft.etag : body.etag;
      const made = await createEditor(element, {
        text: draft?.text ?? decodeText(bytes),
        path,
        label,
        onChange: () => {
          setChanged(true);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(keep, KEEP_AFTER_MS);
        },
        onSave: () => latestSave.current(),
      });
      if (gone) return made.destroy();
      editor.current = made;
      setChanged(draft !== null);
    });
    window.addEventListener("pagehide", keep);
    return () => {
      gone = true;
      window.removeEventListener("pagehide", keep);
      keep();
      editor.current?.destroy();
      editor.current = null;
    };
  }, [body, path, label, keep]);

  return { host, editor, etag, changed, setChanged, forget };
}
