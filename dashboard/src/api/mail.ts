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

export type StoredMailServer = MailServer & { password_set: boolean };

/** Null where none is set. */
export const mailServerQuery = queryOptions({
  queryKey: ["settings", "mail"],
  queryFn: () => read<StoredMailServer | null>("/api/settings/smtp"),
});

/** Without `password` the stored one stays. */
export const putMailServer = (server: MailServer & { password?: string }) =>
  send<unknown>("PUT", "/api/settings/smtp", server);
