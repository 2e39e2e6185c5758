import type { TFunction } from "i18next";
import type { Found } from "~/api/search";
import { PLACES } from "~/shell/places";

/** Screens whose name holds what is looked for, all of them while nothing is. */
export function places(t: TFunction, text: string): Found[] {
  const wanted = plain(text);
  return PLACES.map(({ to, key }) => ({
    kind: "page" as const,
    title: t(`nav.${key}`),
    detail: null,
    path: to,
  })).filter(({ title }) => plain(title).includes(wanted));
}

/** Screens first, as they are few and known; what the server knows of them besides is left out. */
export function choices(t: TFunction, text: string, found: readonly Found[]): Found[] {
  const known = places(t, text);
  return [...known, ...found.filter(({ path }) => !known.some((place) => place.path === path))];
}

const plain = (text: string): string => text.normalize("NFC").trim().toLowerCase();
