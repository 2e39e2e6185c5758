//! How people get in: decided from the flags before anything else is started.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use berth_api::GoogleSignIn;
use berth_domain::account::Admission;
use berth_oidc::{HttpKeys, Verifier};
use url::{Host, Origin, Url};

use crate::config::sign_in::SignInOptions;

/// The page of the dashboard to which Google sends browsers back.
const WAY_BACK: &str = "/sign-in";

/// What the flags come to.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// The address people open, without a path; where there is none, Berth's own.
    pub(crate) public_origin: Option<String>,
    /// Whether browsers come over https.
    pub(crate) secure: bool,
    /// The identity provider, if there is one.
    pub(crate) google: Option<GoogleSignIn>,
}

/// Checks the flags against each other and against the address to listen on.
pub(crate) fn choose(options: &SignInOptions, listen: SocketAddr) -> anyhow::Result<SignIn> {
    let public = options.public_url.as_ref().map(checked).transpose()?;
    let google = google(options, public.as_ref())?;
    if google.is_none() && !listen.ip().is_loopback() {
        bail!(
            "{listen} is not an address of this machine alone. Anyone who can reach it could act as you, because without \
             an identity provider there is no sign-in. Set one up with --google-client-id, --public-url and \
             --allowed-domain or --allowed-emails; or listen on 127.0.0.1, and use a tunnel (ssh -L) to come from \
             elsewhere"
        );
    }
    Ok(SignIn {
        secure: public.as_ref().is_some_and(|url| url.scheme() == "https"),
        public_origin: public.map(|url| url.origin().ascii_serialization()),
        google,
    })
}

/// An address that people open: https, or plain http where nothing leaves the machine.
fn checked(url: &Url) -> anyhow::Result<Url> {
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && local),
        "--public-url {url} is not https: cookies and answers would cross the network unprotected. Put a proxy with TLS \
         in front of Berth, and give the address it has"
    );
    let bare = matches!(url.origin(), Origin::Tuple(..))
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    ensure!(
        bare,
        "--public-url {url} has more than a host: Berth needs a name of its own, such as https://berth.example.com"
    );
    Ok(url.clone())
}

fn google(options: &SignInOptions, public: Option<&Url>) -> anyhow::Result<Option<GoogleSignIn>> {
    let admission = Admission {
        anyone: options.allow_anyone,
        domains: listed(&options.allowed_domain),
        emails: listed(&options.allowed_emails),
    };
    let owners = listed(&options.owners);
    // An empty variable is how scripts say "none".
    let client_id = options.google_client_id.clone().unwrap_or_default();
    if client_id.trim().is_empty() {
        ensure!(
            admission.is_empty() && owners.is_empty(),
            "--allowed-domain, --allowed-emails, --allow-anyone and --owners say which accounts may do what, but there is \
             no sign-in with accounts: give --google-client-id as well"
        );
        return Ok(None);
    }
    let public = public.context(
        "--google-client-id needs --public-url, the address that people open: Google sends them back there",
    )?;
    ensure!(
        !admission.is_empty(),
        "--google-client-id alone would let everybody with a Google account in, to spend on your model key: say who may \
         come in with --allowed-domain or --allowed-emails, or that you mean it with --allow-anyone"
    );
    let (Some(authorize_url), Some(keys)) =
        (&options.google_authorize_url, &options.google_keys_url)
    else {
        bail!("Google's addresses are missing");
    };
    let keys = HttpKeys::new(keys.as_str()).context("the client for Google's keys")?;
    Ok(Some(GoogleSignIn {
        client_id: client_id.trim().to_owned(),
        authorize_url: authorize_url.clone(),
        redirect_uri: public.join(WAY_BACK).context("the way back from Google")?,
        verifier: Verifier::new(Arc::new(keys)),
        admission,
        owners,
    }))
}

/// What a list says, without blanks and empty places: `BERTH_ALLOWED_EMAILS=` is an empty list.
fn listed(texts: &[String]) -> Vec<String> {
    texts
        .iter()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        sign_in: SignInOptions,
    }

    fn chosen(listen: &str, flags: &str) -> Result<SignIn, String> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let words = std::iter::once("berth").chain(flags.split_whitespace());
        let flags = Flags::try_parse_from(words).map_err(|error| error.to_string())?;
        choose(&flags.sign_in, listen.parse().unwrap()).map_err(|error| error.to_string())
    }

    const GOOGLE: &str = "--google-client-id id --public-url https://berth.example";

    #[test]
    fn others_come_in_only_with_an_identity_provider() {
        for listen in ["0.0.0.0:80", "10.0.0.4:8080", "[::]:80"] {
            let words = chosen(listen, "").unwrap_err();
            assert!(words.contains("--google-client-id"), "{words}");
            let words = chosen(listen, "--public-url https://berth.example").unwrap_err();
            assert!(words.contains("--google-client-id"), "{words}");
            let flags = format!("{GOOGLE} --allowed-domain example.com");
            assert!(chosen(listen, &flags).unwrap().google.is_some());
        }
        for listen in ["127.0.0.1:0", "[::1]:8080"] {
            let local = chosen(listen, "").unwrap();
            assert!(local.google.is_none() && local.public_origin.is_none() && !local.secure);
        }
    }

    #[test]
    fn who_may_come_in_has_to_be_said() {
        assert!(
            chosen("127.0.0.1:0", GOOGLE)
                .unwrap_err()
                .contains("--allow-anyone")
        );
        let empty = format!("{GOOGLE} --allowed-emails= --allowed-domain=");
        assert!(
            chosen("127.0.0.1:0", &empty)
                .unwrap_err()
                .contains("--allow-anyone")
        );
        for flags in ["--allow-anyone", "--owners a@b", "--allowed-emails a@b"] {
            let words = chosen("127.0.0.1:0", flags).unwrap_err();
            assert!(words.contains("give --google-client-id"), "{words}");
        }
        let chosen = chosen(
            "127.0.0.1:0",
            &format!("{GOOGLE} --allowed-emails a@b,c@d --owners a@b"),
        );
        let google = chosen.unwrap().google.unwrap();
        assert_eq!(google.admission.emails, ["a@b", "c@d"]);
        assert_eq!(google.owners, ["a@b"]);
        assert_eq!(
            google.redirect_uri.as_str(),
            "https://berth.example/sign-in"
        );
    }

    #[test]
    fn the_public_address_is_a_name_on_https() {
        for bad in [
            "http://berth.example",
            "https://berth.example/app",
            "https://berth.example/?a=1",
            "https://me@berth.example",
            "ftp://127.0.0.1",
        ] {
            let words = chosen("127.0.0.1:0", &format!("--public-url {bad}")).unwrap_err();
            assert!(words.contains("--public-url"), "{words}");
        }
        let https = chosen("127.0.0.1:0", "--public-url https://Berth.example:8443/").unwrap();
        assert_eq!(
            https.public_origin.as_deref(),
            Some("https://berth.example:8443")
        );
        assert!(https.secure);
        let local = chosen("127.0.0.1:0", "--public-url http://localhost:8080").unwrap();
        assert!(!local.secure);
        let words = chosen("127.0.0.1:0", "--google-client-id id --allow-anyone").unwrap_err();
        assert!(words.contains("needs --public-url"), "{words}");
    }
}
