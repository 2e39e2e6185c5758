import { dateTimeFormat } from "~/lib/intl";

/** Time zones as people name them. */

/** Cities as Korean writes them; the rest goes by the name in the IANA database. */
const KOREAN: Readonly<Record<string, string>> = {
  "Asia/Seoul": "서울",
  "Asia/Tokyo": "도쿄",
  "Asia/Shanghai": "상하이",
  "Asia/Hong_Kong": "홍콩",
  "Asia/Taipei": "타이베이",
  "Asia/Singapore": "싱가포르",
  "Asia/Bangkok": "방콕",
  "Asia/Ho_Chi_Minh": "호찌민",
  "Asia/Saigon": "호찌민",
  "Asia/Jakarta": "자카르타",
  "Asia/Manila": "마닐라",
  "Asia/Kolkata": "콜카타",
  "Asia/Calcutta": "콜카타",
  "Asia/Dubai": "두바이",
  "Europe/London": "런던",
  "Europe/Paris": "파리",
  "Europe/Berlin": "베를린",
  "Europe/Madrid": "마드리드",
  "Europe/Rome": "로마",
  "Europe/Amsterdam": "암스테르담",
  "Europe/Zurich": "취리히",
  "Europe/Istanbul": "이스탄불",
  "Europe/Moscow": "모스크바",
  "America/New_York": "뉴욕",
  "America/Chicago": "시카고",
  "America/Denver": "덴버",
  "America/Los_Angeles": "로스앤젤레스",
  "America/Toronto": "토론토",
  "America/Vancouver": "밴쿠버",
  "America/Mexico_City": "멕시코시티",
  "America/Sao_Paulo": "상파울루",
  "Pacific/Honolulu": "호놀룰루",
  "Pacific/Auckland": "오클랜드",
  "Australia/Sydney": "시드니",
  "Australia/Melbourne": "멜버른",
  UTC: "UTC",
};

export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** "Asia/Seoul" is "Seoul" or "서울". */
export function zoneCity(zone: string, language: string): string {
  const known = language === "ko" ? KOREAN[zone] : undefined;
  return known ?? (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

/** "GMT+9", at that moment. Empty for a name that this browser does not know. */
export function zoneOffset(zone: string, at: Date): string {
  try {
    const parts = dateTimeFormat("en-US", {
      timeZone: zone,
      timeZoneName: "shortOffset",
    }).formatToParts(at);
    return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  } catch {
    return "";
  }
}

export interface Zone {
  id: string;
  city: string;
  offset: string;
}

/** Every zone this browser knows, the reader's own first. */
export function zones(language: string, at: Date): Zone[] {
  const own = viewerZone();
  const all = Intl.supportedValuesOf("timeZone").filter((id) => id !== own && id !== "UTC");
  return [own, ...(own === "UTC" ? [] : ["UTC"]), ...all].map((id) => ({
    id,
    city: zoneCity(id, language),
    offset: zoneOffset(id, at),
  }));
}

/** Whether a zone is what someone types: its city in either language, its id, or its offset. */
export function zoneFits(zone: Zone, query: string): boolean {
  const wanted = query.trim().toLowerCase().replaceAll(" ", "_");
  return [zone.id, zone.city.replaceAll(" ", "_"), zone.offset, KOREAN[zone.id] ?? ""].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}
