import { ArrowDown } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "~/ui/button";

/** Nearer to the end than this counts as being there. */
const NEAR_PX = 64;

/**
 * Keeps the newest text in view for as long as the reader is at the end, and leaves the view alone as soon as the
 * reader scrolls up. `pin` changes when the reader has sent something: then the end is where to be.
 */
export function TranscriptView({
  children,
  pin,
  label,
}: {
  children: ReactNode;
  pin: string;
  label: string;
}) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `pin` is what asks for it.
  useLayoutEffect(() => {
    following.current = true;
    setAway(false);
    toEnd();
  }, [pin, toEnd]);

  useEffect(() => {
    const element = content.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (following.current) toEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [toEnd]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    // Growing content moves the end away, too; only moving up is the reader's wish.
    const movedUp = element.scrollTop < lastTop.current - 1;
    lastTop.current = element.scrollTop;
    following.current = near || (following.current && !movedUp);
    setAway(!following.current);
  };

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        onScroll={onScroll}
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
