import { type ReactNode, useId } from "react";

/** One of the bands of Today: a heading, how many there are, and the rows. */
export function Band({
  title,
  count,
  action,
  children,
}: {
  title: string;
  count?: number;
  action?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className="mb-2 flex min-h-8 items-center justify-between gap-3">
        <h2 id={id} className="font-semibold text-[0.9375rem]">
          {title}
          {count !== undefined && <span className="figures ml-2 font-normal text-muted">{count}</span>}
        </h2>
        {action}
      </div>
      <ul className="divide-y divide-line rounded-2xl border border-line">{children}</ul>
    </section>
  );
}
