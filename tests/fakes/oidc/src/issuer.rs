//! Keys and signatures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The name in Google's tokens.
pub const ISSUER: &str = "https://accounts.google.com";

/// One issuer with one key; clones share it.
#[derive(Debug, Clone)]
pub struct Issuer {
    key: Arc<KeyPair>,
    id: String,
    fetches: Arc<AtomicU64>,
}

impl Issuer {
    /// An issuer whose key has this id. Making the key takes a moment.
    ///
    /// # Panics
    /// Where the machine cannot make keys.
    pub fn new(key_id: &str) -> Self {
        Self {
            key: Arc::new(KeyPair::generate(KeySize::Rsa2048).expect("a key can be made")),
            id: key_id.to_owned(),
            fetches: Arc::default(),
        }
    }

    /// The public key as its issuer publishes it.
    pub fn jwk(&self) -> Value {
        let public = self.key.public_key();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.id,
            "n": text(public.modulus().big_endian_without_leading_zero()),
            "e": text(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// The JWK Set that `/certs` answers.
    pub fn jwks(&self) -> Value {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        json!({"keys": [self.jwk()]})
    }

    /// How often the keys were asked for.
    pub fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::SeqCst)
    }

    /// A token with these claims, as Google signs one.
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.id});
        self.sign_under(&header, claims)
    }

    /// A token with this header, signed with RS256 whatever the header says.
    ///
    /// # Panics
    /// Never: the key was made here.
    pub fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                message.as_bytes(),
                &mut signature,
            )
            .expect("the key signs");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token that pretends to be this issuer's: HS256, with the public key's DER as the secret.
    pub fn confuse(&self, claims: &Value) -> String {
        use aws_lc_rs::hmac;

        let header = json!({"alg": "HS256", "typ": "JWT", "kid": self.id});
        let message = message(&header, claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_key().as_ref());
        let tag = hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// A token that nobody signed.
    pub fn unsigned(&self, claims: &Value) -> String {
        let header = json!({"alg": "none", "typ": "JWT", "kid": self.id});
        format!("{}.", message(&header, claims))
    }
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Claims of a person's token, made at `now` (seconds since 1970) and good for an hour.
pub fn person(client_id: &str, nonce: &str, sub: &str, email: &str, now: i64) -> Value {
    json!({
        "iss": ISSUER,
        "azp": client_id,
        "aud": client_id,
        "sub": sub,
        "email": email,
        "email_verified": true,
        "nonce": nonce,
        "iat": now,
        "exp": now + 3600,
    })
}
