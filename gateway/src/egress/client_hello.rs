//! Which server a TLS greeting names.
//!
//! Only what is needed is read, every length is checked against what is there, and what does not fit is no greeting.

/// The most a greeting may be.
pub(super) const MAX_HELLO: usize = 16 * 1024;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
const HOST_NAME: u8 = 0;

/// What the bytes so far say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// More bytes are needed.
    Partial,
    /// A complete greeting to this server.
    To(String),
    /// Not TLS, or a greeting that names no server or more than one.
    Invalid,
}

/// Looks at the first bytes of a connection.
pub(super) fn parse(bytes: &[u8]) -> Hello {
    match handshake(bytes) {
        Gathered::Partial if bytes.len() < MAX_HELLO => Hello::Partial,
        Gathered::Whole(message) => server_name(&message).map_or(Hello::Invalid, Hello::To),
        _ => Hello::Invalid,
    }
}

enum Gathered {
    Partial,
    Whole(Vec<u8>),
    Invalid,
}

/// Joins the records that carry the first handshake message.
fn handshake(bytes: &[u8]) -> Gathered {
    let mut reader = Reader(bytes);
    let mut message = Vec::new();
    loop {
        if let Some(&kind) = bytes.first()
            && kind != HANDSHAKE
        {
            return Gathered::Invalid;
        }
        let (Some(kind), Some(major), Some(_minor), Some(length)) =
            (reader.u8(), reader.u8(), reader.u8(), reader.u16())
        else {
            return Gathered::Partial;
        };
        if kind != HANDSHAKE || major != 3 || length == 0 {
            return Gathered::Invalid;
        }
        let part = &reader.0[..reader.0.len().min(usize::from(length))];
        message.extend_from_slice(part);
        if message.first().is_some_and(|&kind| kind != CLIENT_HELLO) {
            return Gathered::Invalid;
        }
        if let [_, a, b, c, body @ ..] = message.as_slice() {
            let wanted = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
            if wanted > MAX_HELLO {
                return Gathered::Invalid;
            }
            if let Some(body) = body.get(..wanted) {
                return Gathered::Whole(body.to_vec());
            }
        }
        if reader.take(usize::from(length)).is_none() {
            return Gathered::Partial;
        }
    }
}

/// The one host name of the greeting's body.
fn server_name(body: &[u8]) -> Option<String> {
    let mut hello = Reader(body);
    hello.take(2 + 32)?; // version, random
    let session = usize::from(hello.u8()?);
    hello.take(session)?;
    let suites = usize::from(hello.u16()?);
    hello.take(suites)?;
    let compressions = usize::from(hello.u8()?);
    hello.take(compressions)?;
    let mut extensions = hello.sized()?;
    let mut found = None;
    while !extensions.0.is_empty() {
        let kind = extensions.u16()?;
        let content = extensions.sized()?;
        if kind == SERVER_NAME && found.replace(only_name(content)?).is_some() {
            return None;
        }
    }
    found
}

fn only_name(mut content: Reader<'_>) -> Option<String> {
    let mut list = content.sized()?;
    let kind = list.u8()?;
    let name = list.sized()?;
    let alone = list.0.is_empty() && content.0.is_empty() && kind == HOST_NAME;
    if !alone || !name.0.is_ascii() {
        return None;
    }
    Some(String::from_utf8_lossy(name.0).into_owned())
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)
            .map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// A field that begins with its length in two bytes.
    fn sized(&mut self) -> Option<Self> {
        let length = usize::from(self.u16()?);
        self.take(length).map(Reader)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    /// A real greeting, as rustls writes it.
    pub(crate) fn hello_to(host: &str) -> Vec<u8> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let mut bytes = Vec::new();
        ClientConnection::new(Arc::new(config), name)
            .unwrap()
            .write_tls(&mut bytes)
            .unwrap();
        bytes
    }

    #[test]
    fn a_real_greeting_names_its_server_in_any_number_of_pieces() {
        let bytes = hello_to("files.example.com");
        for length in 0..bytes.len() {
            assert_eq!(parse(&bytes[..length]), Hello::Partial, "{length}");
        }
        assert_eq!(parse(&bytes), Hello::To("files.example.com".into()));
    }

    #[test]
    fn a_greeting_may_span_records() {
        let bytes = hello_to("a.example.com");
        let split: Vec<u8> = bytes[5..]
            .chunks(50)
            .flat_map(|part| [&[22, 3, 1, 0, u8::try_from(part.len()).unwrap()], part].concat())
            .collect();
        assert_eq!(parse(&split), Hello::To("a.example.com".into()));
    }

    #[test]
    fn what_is_no_greeting_or_names_nobody_is_invalid() {
        assert_eq!(parse(b"SSH-2.0-x\r\n"), Hello::Invalid);
        assert_eq!(parse(b"GET / HTTP/1.1\r\n"), Hello::Invalid);
        assert_eq!(parse(&[22, 3, 1, 0, 1, 2]), Hello::Invalid);
        assert_eq!(parse(&hello_to("192.0.2.1")), Hello::Invalid);
        let endless: Vec<u8> = std::iter::repeat_n([22, 3, 1, 0, 1, 1], 4000)
            .flatten()
            .collect();
        assert_eq!(parse(&endless), Hello::Invalid);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn a_damaged_greeting_is_survived(at in 0_usize..200, byte in any::<u8>()) {
            let mut bytes = hello_to("a.example.com");
            if at < bytes.len() {
                bytes[at] = byte;
            }
            let _ = parse(&bytes);
        }
    }
}
