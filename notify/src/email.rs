//! Mail by SMTP.

use std::time::Duration;

use berth_domain::notification::{
    Delivery, Notification, SMTP, SMTP_PASSWORD, SmtpSettings, SmtpTls,
};
use berth_domain::ports::secrets::INSTALLATION;
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncTransport as _, Tokio1Executor};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::deliver::Sent;
use crate::words::{Language, Words};
use crate::{Config, Deps};

/// How long one step of the conversation with a mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Why a mail could not be made ready.
#[derive(Debug, thiserror::Error)]
enum NotReady {
    /// It will be the same the next time.
    #[error("{0}")]
    Never(String),
    /// The store did not answer.
    #[error("{0}")]
    Later(String),
}

/// Sends mail through the installation's mail server, whose settings may change at any time.
pub(crate) struct Mail<'a> {
    deps: &'a Deps,
    config: &'a Config,
}

impl<'a> Mail<'a> {
    pub(crate) fn new(deps: &'a Deps, config: &'a Config) -> Self {
        Self { deps, config }
    }

    pub(crate) async fn send(&self, delivery: &Delivery, notification: &Notification) -> Sent {
        let ready = async {
            let settings = self.settings().await?;
            let message = self.message(&settings, delivery, notification).await?;
            Ok((self.transport(&settings).await?, message))
        };
        let (transport, message) = match ready.await {
            Ok(ready) => ready,
            Err(NotReady::Never(why)) => return Sent::Never(why),
            Err(NotReady::Later(why)) => return Sent::Later(why),
        };
        match transport.send(message).await {
            Ok(answer) => Sent::Delivered(answer.code().to_string()),
            Err(error) if error.is_permanent() => Sent::Never(in_full(&error)),
            Err(error) => Sent::Later(in_full(&error)),
        }
    }

    async fn settings(&self) -> Result<SmtpSettings, NotReady> {
        let stored = self
            .deps
            .settings
            .setting(SMTP)
            .await
            .map_err(|error| NotReady::Later(error.to_string()))?
            .ok_or_else(|| NotReady::Never("no mail server is set".to_owned()))?;
        serde_json::from_str(&stored)
            .map_err(|_| NotReady::Never("the mail server's settings cannot be read".to_owned()))
    }

    async fn transport(
        &self,
        settings: &SmtpSettings,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, NotReady> {
        let parameters = || {
            TlsParameters::new(settings.host.clone())
                .map_err(|error| NotReady::Never(error.to_string()))
        };
        let tls = match settings.tls {
            SmtpTls::Starttls => Tls::Required(parameters()?),
            SmtpTls::Tls => Tls::Wrapper(parameters()?),
            SmtpTls::None => Tls::None,
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
                .port(settings.port)
                .tls(tls)
                .timeout(Some(TIMEOUT));
        if let Some(user) = &settings.user {
            let password = self
                .deps
                .secrets
                .secret(INSTALLATION, SMTP_PASSWORD)
                .await
                .map_err(|error| NotReady::Later(error.to_string()))?
                .unwrap_or_default();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(builder.build())
    }

    async fn message(
        &self,
        settings: &SmtpSettings,
        delivery: &Delivery,
        notification: &Notification,
    ) -> Result<Message, NotReady> {
        let user = self
            .deps
            .users
            .user(delivery.user_id)
            .await
            .map_err(|error| NotReady::Later(error.to_string()))?;
        let language = Language::of(user.and_then(|user| user.onboarding.language).as_deref());
        let words = Words::of(notification, language);
        let link = self.link(notification);
        let text = format!(
            "{}\n\n{}\n\n{}: {link}\n",
            words.lead,
            notification.detail.trim(),
            words.open
        );
        let html = html(&words, &notification.detail, &link);
        let mailbox = |address: &str| {
            address
                .parse::<Mailbox>()
                .map_err(|error| NotReady::Never(format!("{address}: {error}")))
        };
        Message::builder()
            .from(mailbox(&settings.from)?)
            .to(mailbox(&delivery.target)?)
            .message_id(Some(format!("<{}@berth>", delivery.id)))
            .subject(words.subject)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|error| NotReady::Never(error.to_string()))
    }

    fn link(&self, notification: &Notification) -> String {
        let at = &self.config.dashboard;
        match (notification.run_id, notification.agent_id) {
            (Some(run), _) => format!("{at}/runs/{run}"),
            (None, Some(agent)) => format!("{at}/agents/{agent}"),
            (None, None) => format!("{at}/settings"),
        }
    }
}

/// Markdown as a mail shows it: tables and lists, but no HTML of its own, no image and no link that hides where it leads, for a
/// result is not trusted.
fn html(words: &Words, markdown: &str, link: &str) -> String {
    let events =
        Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(Tag::Link { .. } | Tag::Image { .. })
            | Event::End(TagEnd::Link | TagEnd::Image) => None,
            other => Some(other),
        });
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, events);
    let table = "border-collapse:collapse;border:1px solid #d0d5dd";
    format!(
        "<!doctype html><html><body style=\"font-family:sans-serif;font-size:15px;line-height:1.6;color:#1d2939\">\
         <p><strong>{}</strong></p>{}<p><a href=\"{}\">{}</a></p></body></html>",
        escaped(&words.lead),
        body.replace(
            "<table>",
            &format!("<table border=\"1\" cellpadding=\"6\" style=\"{table}\">")
        ),
        escaped(link),
        escaped(words.open),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// An error with its causes: the mail server's own words are in the last one.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words {
            subject: "s".to_owned(),
            lead: "a < b".to_owned(),
            open: "Open",
        }
    }

    #[test]
    fn a_table_is_a_table() {
        let html = html(&words(), "| a | b |\n|---|---|\n| 1 | 2 |\n", "http://x/");
        assert!(html.contains("<td>1</td>"));
        assert!(html.contains("a &lt; b"));
    }

    #[test]
    fn what_a_result_says_is_inert() {
        let html = html(
            &words(),
            "Hello <img src=x onerror=y> ![p](https://evil.example/p.png) [bank](https://evil.example/)\n\n<script>x</script>",
            "http://x/",
        );
        assert!(html.contains("bank"));
        assert!(!html.contains("<script"));
        assert!(!html.contains("<img"));
        assert!(!html.contains("evil.example"));
    }
}
