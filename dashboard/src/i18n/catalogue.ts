import type { en } from "./en";

/** The shape of a catalogue, in any language. */
export type Words<T> = { [K in keyof T]: T[K] extends string ? string : Words<T[K]> };

/** Every language has exactly the keys of the English catalogue: a missing one does not compile. */
export type Catalogue = Words<typeof en>;
