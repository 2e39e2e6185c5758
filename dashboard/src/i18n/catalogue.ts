import type { en } from "./en";

type Words<T> = { [K in keyof T]: T[K] extends string ? string : Words<T[K]> };

/** Every language has exactly the keys of the English catalogue: a missing one does not compile. */
export type Catalogue = Words<typeof en>;
