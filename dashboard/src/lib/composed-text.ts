import { type ChangeEvent, type CompositionEvent, useRef, useState } from "react";

/**
 * The text of a search field. `shown` is what stands in it, `text` what to search for: the same, but for a syllable that is still
 * being put together, which would only find what nobody looks for.
 */
export function useComposedText(initial = "") {
  const [shown, setShown] = useState(initial);
  const [text, setText] = useState(initial);
  const composing = useRef(false);
  const set = (next: string) => {
    setShown(next);
    if (!composing.current) setText(next);
  };
  return {
    shown,
    text,
    set,
    /** For the input. */
    field: {
      value: shown,
      onChange: (event: ChangeEvent<HTMLInputElement>) => set(event.target.value),
      onCompositionStart: () => {
        composing.current = true;
      },
      onCompositionEnd: (event: CompositionEvent<HTMLInputElement>) => {
        composing.current = false;
        set(event.currentTarget.value);
      },
    },
  };
}
