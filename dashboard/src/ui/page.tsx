import type { ReactNode, RefObject } from "react";

/** A page that is read: a heading, actions beside it, and content no wider than is good to read. */
export function Page({
  title,
  actions,
  children,
  width = "wide",
  scroller,
}: {
  title: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  width?: "wide" | "narrow";
  /** Is given what scrolls, for lists that show only what is in view. */
  scroller?: RefObject<HTMLDivElement | null>;
}) {
  return (
    <div ref={scroller} className="thin-scroll min-h-0 flex-1 overflow-y-auto">
      <div
        className={`mx-auto flex min-h-full flex-col px-4 py-6 md:px-8 ${width === "wide" ? "max-w-[68.75rem]" : "max-w-[46rem]"}`}
      >
        <header className="mb-5 flex flex-wrap items-center justify-between gap-3">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}
