import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { isTyping } from "~/lib/hooks";
import { PLACES } from "./places";

/** `g`, then a letter: goes to a screen. */
export function useGoKeys(): void {
  const navigate = useNavigate();
  useEffect(() => {
    let armedAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const place = PLACES.find(({ go }) => go === event.key);
      if (place && event.timeStamp - armedAt < 1_000) {
        event.preventDefault();
        void navigate({ to: place.to });
      }
      armedAt = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate]);
}
