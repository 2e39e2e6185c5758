//! Flags about who may sign in, and from where Berth is reached.

use clap::Args;
use url::Url;

/// Sign-in. Without any of these, Berth is for whoever starts it, on this machine.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SignInOptions {
    /// Address that people open, for example `https://berth.example.com`: where a proxy with TLS passes requests on to Berth.
    #[arg(long, env = "BERTH_PUBLIC_URL")]
    pub(crate) public_url: Option<Url>,
    /// Id of the OAuth client (type "Web application") for sign-in with Google. Its redirect URI is PUBLIC_URL/sign-in.
    #[arg(long, env = "BERTH_GOOGLE_CLIENT_ID")]
    pub(crate) google_client_id: Option<String>,
    /// Google Workspace organisations whose members may sign in.
    #[arg(long, env = "BERTH_ALLOWED_DOMAIN", value_delimiter = ',')]
    pub(crate) allowed_domain: Vec<String>,
    /// Single addresses that may sign in.
    #[arg(long, env = "BERTH_ALLOWED_EMAILS", value_delimiter = ',')]
    pub(crate) allowed_emails: Vec<String>,
    /// Let everybody with a Google account sign in, and spend on the model key.
    #[arg(long, env = "BERTH_ALLOW_ANYONE")]
    pub(crate) allow_anyone: bool,
    /// Addresses of those who may change the installation's settings.
    #[arg(long, env = "BERTH_OWNERS", value_delimiter = ',')]
    pub(crate) owners: Vec<String>,
    /// Google's page for choosing an account; for tests.
    #[arg(
        long,
        env = "BERTH_GOOGLE_AUTHORIZE_URL",
        hide = true,
        default_value = "https://accounts.google.com/o/oauth2/v2/auth"
    )]
    pub(crate) google_authorize_url: Option<Url>,
    /// Google's keys; for tests.
    #[arg(
        long,
        env = "BERTH_GOOGLE_KEYS_URL",
        hide = true,
        default_value = berth_oidc::GOOGLE_KEYS
    )]
    pub(crate) google_keys_url: Option<Url>,
}
