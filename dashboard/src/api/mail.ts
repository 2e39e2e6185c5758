import { queryOptions } from "@tanstack/react-query";
import { answer, client, type Schemas } from "./client";

/** The mail server of this installation; its password goes in and never comes out. All null where there is none. */
export type StoredMailServer = Schemas["SmtpSettings"];
/** Without `password` the stored one stays; an empty one removes it. */
export type MailServer = Schemas["SmtpRequest"];
export type Tls = Schemas["SmtpTls"];

export const mailServerQuery = queryOptions({
  queryKey: ["settings", "mail"],
  queryFn: () => answer(client.GET("/api/settings/smtp")),
});

export const putMailServer = (server: MailServer) =>
  answer(client.PUT("/api/settings/smtp", { body: server }));
