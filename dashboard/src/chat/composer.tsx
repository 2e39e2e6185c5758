import { ArrowUp, Paperclip, Square } from "lucide-react";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type Ref,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "~/ui/button";
import { withAttached } from "./attached";
import { AttachmentChips } from "./attachment-chips";
import { EnterKey } from "./ime";
import type { useAttachments } from "./use-attachments";
import { useDraft } from "./use-draft";

const MAX_HEIGHT_PX = 240;

export interface ComposerProps {
  conversationId: string | null;
  attachments: ReturnType<typeof useAttachments>;
  /** Something is being worked on: there is a stop button, and what is sent comes next. */
  busy: boolean;
  stopping: boolean;
  /** The first message of a new conversation is on its way; the second has to know which conversation it is. */
  blocked: boolean;
  onSend(content: string): void;
  onStop(): void;
  ref?: Ref<{ focus(): void }>;
}

/** Where messages are written. */
export function Composer(props: ComposerProps) {
  const { conversationId, attachments, busy, stopping, blocked, onSend, onStop } = props;
  const { t, i18n } = useTranslation();
  const [draft, setDraft] = useDraft(conversationId);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const enter = useRef(new EnterKey());
  const uploading = attachments.items.some((item) => item.state === "uploading");
  const ready = attachments.items.filter((item) => item.state === "done");

  useImperativeHandle(props.ref, () => ({ focus: () => field.current?.focus() }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, MAX_HEIGHT_PX)}px`;
  }, [draft]);

  const send = () => {
    // The field itself is asked: right after a composition it is ahead of the state.
    const text = (field.current?.value ?? draft).trim();
    if (blocked || uploading || (!text && ready.length === 0)) return;
    onSend(
      withAttached(
        text,
        ready.map((item) => item.path),
        i18n.language,
      ),
    );
    setDraft("");
    attachments.clear();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape" && busy && !event.nativeEvent.isComposing) return onStop();
    const verdict = enter.current.press(event.nativeEvent);
    if (verdict === "pass" || verdict === "hold") return;
    event.preventDefault();
    if (verdict === "send") send();
  };

  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    // Copied cells come as text and as a picture: the text is what is meant.
    if (files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    void attachments.add(files);
  };

  const canSend = !blocked && !uploading && (draft.trim() !== "" || ready.length > 0);
  return (
    <form
      className="mx-auto w-full max-w-[48rem] px-3 pb-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="rounded-2xl border border-line-strong bg-raised focus-within:border-accent focus-within:outline-2 focus-within:outline-accent-soft">
        <AttachmentChips items={attachments.items} onRemove={attachments.remove} />
        <textarea
          ref={field}
          rows={1}
          value={draft}
          aria-label={t("composer.label")}
          placeholder={busy ? t("composer.placeholderNext") : t("composer.placeholder")}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onCompositionStart={() => enter.current.compositionStart()}
          onCompositionEnd={(event) => {
            // A tick later the field holds the last syllable, whichever order the browser tells things in.
            if (enter.current.compositionEnd(event.timeStamp)) setTimeout(send);
          }}
          className="thin-scroll block w-full resize-none bg-transparent px-4 pt-3 pb-1 outline-none"
        />
        <div className="flex items-center gap-2 p-2">
          <IconButton label={t("composer.attach")} onClick={() => picker.current?.click()}>
            <Paperclip />
          </IconButton>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              void attachments.add([...(event.target.files ?? [])]);
              event.target.value = "";
            }}
          />
          <span className="min-w-0 flex-1 truncate text-[0.8125rem] text-muted max-sm:invisible">
            {uploading ? t("composer.waitUpload") : t("composer.hint")}
          </span>
          {busy && (
            <Button look={canSend ? "plain" : "primary"} onClick={onStop} disabled={stopping}>
              <Square aria-hidden fill="currentColor" className="size-3!" />
              {stopping ? t("composer.stopping") : t("composer.stop")}
            </Button>
          )}
          {(!busy || canSend) && (
            <Button type="submit" look="primary" disabled={!canSend}>
              <ArrowUp aria-hidden />
              {busy ? t("composer.queue") : t("composer.send")}
            </Button>
          )}
        </div>
      </div>
    </form>
  );
}
