//! Mail, received by a server that speaks SMTP and keeps what it hears.

use berth_domain::agent::NotifyRules;
use berth_domain::notification::{Channel, DeliveryState, SMTP, SmtpSettings, SmtpTls};
use berth_domain::ports::settings::Settings as _;
use berth_domain::ports::users::Users as _;
use berth_domain::run::{Outcome, Reason, RunState};
use berth_domain::user::Onboarding;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::rig::{ALL, Rig};

/// Takes one mail and hands its source over; `refuse` answers recipients with 550 instead.
async fn mail_server(refuse: bool) -> (u16, oneshot::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, mail) = oneshot::channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut source = String::new();
        write.write_all(b"220 test\r\n").await.unwrap();
        while let Some(line) = lines.next_line().await.unwrap() {
            let verb = line.split(' ').next().unwrap().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => "250-test\r\n250 8BITMIME\r\n",
                "RCPT" if refuse => "550 no such mailbox\r\n",
                "DATA" => "354 go on\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "250 fine\r\n",
            };
            write.write_all(answer.as_bytes()).await.unwrap();
            if verb == "DATA" {
                while let Some(line) = lines.next_line().await.unwrap() {
                    if line == "." {
                        break;
                    }
                    source.push_str(&line);
                    source.push('\n');
                }
                write.write_all(b"250 taken\r\n").await.unwrap();
            }
            if verb == "QUIT" {
                break;
            }
        }
        // A test that expects no mail does not listen.
        let _ = heard.send(source);
    });
    (port, mail)
}

async fn with_server(rig: &Rig, port: u16) {
    let settings = SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        user: None,
        from: "Berth <berth@example.com>".to_owned(),
        tls: SmtpTls::None,
    };
    let text = serde_json::to_string(&settings).unwrap();
    rig.store.put_setting(SMTP, &text).await.unwrap();
    rig.send_to(Some("owner@example.com"), None).await;
}

async fn finished_run(rig: &Rig, notify: NotifyRules, result: &str) {
    let agent = rig.agent(notify).await;
    rig.hourly(&agent).await;
    let run = rig.next_hour(&agent).await.unwrap();
    let outcome = Outcome::new(
        RunState::Succeeded,
        Reason::Completed,
        Some(result.to_owned()),
    );
    rig.end(run, outcome).await;
    rig.settle().await;
}

#[tokio::test]
async fn the_result_arrives_with_its_table() {
    let rig = Rig::new().await;
    let (port, mail) = mail_server(false).await;
    with_server(&rig, port).await;
    let korean = Onboarding {
        language: Some("ko".to_owned()),
        ..Onboarding::default()
    };
    rig.store.set_onboarding(rig.user, &korean).await.unwrap();
    finished_run(&rig, ALL, "| region | sum |\n|---|---|\n| north | 42 |\n").await;
    rig.deliver().await;
    let mail = mail.await.unwrap();
    assert!(mail.contains("To: owner@example.com"), "{mail}");
    assert!(mail.contains("multipart/alternative"), "{mail}");
    // Quoted-printable or not, a cell is a cell.
    assert!(mail.contains("<td>42</td>"), "{mail}");
    let delivery = rig.deliveries().await.remove(0);
    assert_eq!(delivery.channel, Channel::Email);
    assert_eq!(delivery.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_given_up_with_the_servers_words() {
    let rig = Rig::new().await;
    let (port, _mail) = mail_server(true).await;
    with_server(&rig, port).await;
    finished_run(&rig, ALL, "Done.").await;
    rig.deliver().await;
    let delivery = rig.deliveries().await.remove(0);
    assert_eq!(delivery.state, DeliveryState::GaveUp);
    let outcome = delivery.last_outcome.unwrap();
    assert!(outcome.contains("no such mailbox"), "{outcome}");
}

#[tokio::test]
async fn without_a_mail_server_the_log_says_so() {
    let rig = Rig::new().await;
    rig.send_to(Some("owner@example.com"), None).await;
    finished_run(&rig, ALL, "Done.").await;
    rig.deliver().await;
    let delivery = rig.deliveries().await.remove(0);
    assert_eq!(delivery.state, DeliveryState::GaveUp);
    assert_eq!(
        delivery.last_outcome.as_deref(),
        Some("no mail server is set")
    );
}
