import { type ReactNode, useId } from "react";

export const INPUT =
  "w-full rounded-lg border border-line-strong bg-bg px-3 aria-invalid:border-bad disabled:opacity-60";
export const ONE_LINE = `${INPUT} h-9`;

/** What a control needs to be tied to its label, its help and its error. */
export interface FieldIds {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

/** A label, a control, what helps to fill it in, and what is wrong with it. */
export function Field({
  label,
  help,
  error,
  optional,
  children,
}: {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  optional?: ReactNode;
  children(ids: FieldIds): ReactNode;
}) {
  const id = useId();
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ");
  return (
    <div>
      <div className="mb-1.5 flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="font-medium text-[0.875rem]">
          {label}
        </label>
        {optional}
      </div>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error !== undefined })}
      {error && (
        <p id={`${id}-error`} className="mt-1 text-[0.8125rem] text-bad">
          {error}
        </p>
      )}
      {help && (
        <p id={`${id}-help`} className="mt-1 text-[0.8125rem] text-muted">
          {help}
        </p>
      )}
    </div>
  );
}
