import { type ReactNode, useEffect, useRef } from "react";
import type { Answers } from "./answers";

export interface StepProps {
  answers: Answers;
  change(next: Partial<Answers>): void;
  /** Goes on; after the last screen, into the app. */
  onNext(): void;
}

/** One screen's heading, which takes the focus so that it is read out, its content, and the way on. */
export function Screen({
  title,
  text,
  children,
  actions,
}: {
  title: string;
  text: string;
  children: ReactNode;
  actions: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section>
      <h1 ref={heading} tabIndex={-1} className="font-semibold text-2xl tracking-tight outline-none">
        {title}
      </h1>
      <p className="mt-2 text-muted">{text}</p>
      <div className="mt-6 space-y-5">{children}</div>
      <div className="mt-8 flex flex-wrap gap-2">{actions}</div>
    </section>
  );
}
