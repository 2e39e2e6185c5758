import type { ReactNode } from "react";

/** One group of settings. */
export function Section({ title, id, children }: { title: string; id?: string; children: ReactNode }) {
  return (
    <section id={id} className="scroll-mt-6">
      <h2 className="mb-2 font-semibold text-[0.9375rem]">{title}</h2>
      <div className="divide-y divide-line rounded-2xl border border-line">{children}</div>
    </section>
  );
}

/** One setting: its name, what it means, and its control. */
export function Row({ name, help, children }: { name: string; help?: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <div className="font-medium">{name}</div>
        {help && <p className="mt-0.5 text-[0.875rem] text-muted">{help}</p>}
      </div>
      {children}
    </div>
  );
}
