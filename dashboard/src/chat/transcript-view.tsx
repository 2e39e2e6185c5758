import { ArrowDown } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "~/ui/button";

/** Nearer to the end than this counts as being there. */
const NEAR_PX = 64;
/** A view that moves this soon after wheel, key or finger was moved by it. */
const BY_HAND_MS = 500;

/**
 * Keeps the newest text in view for as long as the reader is at the end, and leaves the view alone as soon as the
 * reader scrolls up. `pin` changes when the reader has sent something: then the end is where to be. `held` is how much of the
 * beginning is still to come: when it becomes less, text is put in above, and what the reader looks at stays where it is.
 */
export function TranscriptView({
  children,
  pin,
  held = 0,
  label,
}: {
  children: ReactNode;
  pin: string;
  held?: number;
  label: string;
}) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const last = useRef({ top: 0, end: 0 });
  const touchedAt = useRef(Number.NEGATIVE_INFINITY);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    last.current = { top: element.scrollTop, end: element.scrollTop };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `pin` is what asks for it.
  useLayoutEffect(() => {
    following.current = true;
    setAway(false);
    toEnd();
  }, [pin, toEnd]);

  const height = useRef(0);
  const heldBefore = useRef(held);
  // After every rendering: how high everything was is known only then.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (held < heldBefore.current) {
      if (following.current) toEnd();
      else element.scrollTop += element.scrollHeight - height.current;
      last.current = { top: element.scrollTop, end: element.scrollHeight - element.clientHeight };
    }
    heldBefore.current = held;
    height.current = element.scrollHeight;
  });

  useEffect(() => {
    if (!content.current || !scroller.current) return;
    const observer = new ResizeObserver(() => {
      if (following.current) toEnd();
    });
    observer.observe(content.current);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [toEnd]);

  const touched = (event: { timeStamp: number }) => {
    touchedAt.current = event.timeStamp;
  };
  const onScroll = (event: { timeStamp: number }) => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    const end = element.scrollHeight - element.clientHeight;
    const near = end - top < NEAR_PX;
    // Content that changes moves the view, too: then only a hand on wheel, keys, screen or scroll bar tells a wish.
    const meant = end === last.current.end || event.timeStamp - touchedAt.current < BY_HAND_MS;
    const movedUp = meant && top < last.current.top - 1;
    last.current = { top, end };
    following.current = near || (following.current && !movedUp);
    setAway(!following.current);
  };

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        onScroll={onScroll}
        onWheel={touched}
        onTouchMove={touched}
        onKeyDown={touched}
        onPointerDown={touched}
        tabIndex={0}
        aria-label={label}
        className="thin-scroll h-full overflow-y-auto px-4 [overflow-anchor:none] focus-visible:outline-offset-[-3px]"
      >
        <div ref={content} className="mx-auto w-full max-w-[46rem] pb-4">
          {children}
        </div>
      </section>
      {away && (
        <Button
          size="sm"
          className="rise absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-float"
          onClick={() => {
            following.current = true;
            toEnd();
          }}
        >
          <ArrowDown /> {t("chat.jump")}
        </Button>
      )}
    </div>
  );
}
