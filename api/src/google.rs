//! Sign-in with Google, as this installation has it set up.

use berth_domain::account::{Access, Admission};
use berth_oidc::Verifier;
use url::Url;

/// Google as identity provider. See `docs/adr/0019-sign-in-without-a-client-secret.md`.
#[derive(Debug, Clone)]
pub struct GoogleSignIn {
    /// The OAuth client's id; tokens must be for it.
    pub client_id: String,
    /// Google's page on which one chooses an account.
    pub authorize_url: Url,
    /// Where that page sends browsers back to: `/sign-in` at our public address.
    pub redirect_uri: Url,
    /// Believes or refuses Google's tokens.
    pub verifier: Verifier,
    /// Who may come in.
    pub admission: Admission,
    /// Addresses of those who may change the installation's settings.
    pub owners: Vec<String>,
}

impl GoogleSignIn {
    /// Google's page, asked for an account's id and address and nothing else, in the reader's language.
    pub(crate) fn page(&self, nonce: &str, language: &str) -> Url {
        let mut url = self.authorize_url.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("response_type", "id_token")
            .append_pair("scope", "openid email")
            .append_pair("nonce", nonce)
            .append_pair("prompt", "select_account")
            .append_pair("hl", language);
        // With one organisation Google shows its accounts only. A hint: the claim is what counts.
        if let ([domain], []) = (&*self.admission.domains, &*self.admission.emails) {
            url.query_pairs_mut().append_pair("hd", domain);
        }
        url
    }
}

/// How people get in.
pub(crate) fn access(google: Option<&GoogleSignIn>) -> Access {
    match google {
        None => Access::Link,
        Some(google) => Access::Account {
            admission: google.admission.clone(),
            owners: google.owners.clone(),
        },
    }
}
