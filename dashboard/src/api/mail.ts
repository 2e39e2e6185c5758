import { queryOptions } from "@tanstack/react-query";
import { read, send } from "./client";

export type Tls = "starttls" | "tls" | "none";

/** The mail server of this installation; its password goes in and never comes out. */
export interface MailServer {
  host: string;
  port: number;
  user: string | null;
  from: string;
  tls: Tls;
}

/** What is stored; all null where there is none. */
export type StoredMailServer = { [K in keyof MailServer]: MailServer[K] | null } & { password_set: boolean };

export const mailServerQuery = queryOptions({
  queryKey: ["settings", "mail"],
  queryFn: () => read<StoredMailServer>("/api/settings/smtp"),
});

/** Without `password` the stored one stays; an empty one removes it. */
export const putMailServer = (server: MailServer & { password?: string }) =>
  send<StoredMailServer>("PUT", "/api/settings/smtp", server);
