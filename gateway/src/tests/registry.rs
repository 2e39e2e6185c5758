use std::fmt::Write as _;
use std::process::Stdio;

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use super::*;
use crate::http::full;

const PYTHON_WHEEL: &str = r#"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("demo.py", "")
    wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("demo-1.0.dist-info/RECORD", "")
"#;
const METADATA: &str = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

async fn wheel() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("demo.whl");
    assert!(
        Command::new("python3")
            .args(["-c", PYTHON_WHEEL])
            .arg(&path)
            .status()
            .await
            .unwrap()
            .success()
    );
    std::fs::read(path).unwrap()
}

/// An index with one Python project and one npm package.
fn index(wheel: Vec<u8>) -> impl Fn(Asked) -> Response<Body> + Send + Sync + 'static {
    move |asked| {
        let answer = |kind: &str, body: Vec<u8>| {
            Response::builder()
                .header("content-type", kind)
                .header("set-cookie", "a=b")
                .body(full(body))
                .unwrap()
        };
        match asked.target.as_str() {
            "/simple/demo/" => {
                let (file, meta) = (sha256(&wheel), sha256(METADATA.as_bytes()));
                let link = format!(
                    "<a href=\"../../files/demo-1.0-py3-none-any.whl#sha256={file}\" data-core-metadata=\"sha256={meta}\">x</a>"
                );
                answer("text/html; charset=utf-8", link.into_bytes())
            }
            "/files/demo-1.0-py3-none-any.whl" => answer("application/octet-stream", wheel.clone()),
            "/files/demo-1.0-py3-none-any.whl.metadata" => {
                answer("application/octet-stream", METADATA.into())
            }
            "/npm/@a%2fb" => {
                let host = asked.headers["host"].to_str().unwrap();
                let tarball = format!("http://{host}/moved/b-1.0.0.tgz");
                let packument =
                    serde_json::json!({"versions": {"1.0.0": {"dist": {"tarball": tarball}}}});
                answer("application/json", packument.to_string().into_bytes())
            }
            "/moved/b-1.0.0.tgz" => Response::builder()
                .status(302)
                .header("location", "/files/b-1.0.0.tgz")
                .body(full(""))
                .unwrap(),
            "/files/b-1.0.0.tgz" => answer("application/octet-stream", b"tarball".to_vec()),
            "/npm/loop" => Response::builder()
                .status(302)
                .header("location", "/npm/loop")
                .body(full(""))
                .unwrap(),
            _ => Response::builder().status(404).body(full("no")).unwrap(),
        }
    }
}

async fn bench() -> (Upstream, Bench) {
    let upstream = Upstream::start(index(wheel().await)).await;
    let address = upstream.address;
    let registries = Registries {
        pypi: Some(format!("http://{address}/simple")),
        npm: Some(format!("http://{address}/npm/")),
    };
    let bench = Bench::with("http://model.invalid", |_| {}, registries).await;
    (upstream, bench)
}

fn get(target: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .uri(target)
        .header("host", "127.0.0.1:9000")
        .body(Full::default())
        .unwrap()
}

/// What the supervisor does inside the container: TCP on loopback to the socket.
async fn forward(bench: &Bench) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let socket = bench.dir.path().join(SOCKET_NAME);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let socket = socket.clone();
            tokio::spawn(async move {
                let mut far = UnixStream::connect(socket).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    address
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "a cleared environment has no PATH to find Python on"
)]
async fn pip_downloads_a_wheel() {
    let (upstream, bench) = bench().await;
    let index = format!("http://{}/registry/pypi/simple", forward(&bench).await);
    let target = tempfile::tempdir().unwrap();
    let output = Command::new("python3")
        .args([
            "-m",
            "pip",
            "--isolated",
            "download",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--retries",
            "0",
        ])
        .args(["--index-url", &index, "--dest"])
        .arg(target.path())
        .arg("demo==1.0")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("PIP_CONFIG_FILE", "/dev/null")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(target.path().join("demo-1.0-py3-none-any.whl").exists());
    let targets: Vec<_> = upstream
        .asked()
        .into_iter()
        .map(|asked| asked.target)
        .collect();
    assert!(
        targets
            .iter()
            .any(|target| target.ends_with(".whl.metadata")),
        "{targets:?}"
    );
}

#[tokio::test]
async fn an_npm_package_is_found_and_its_tarball_fetched_over_a_redirect() {
    let (upstream, bench) = bench().await;
    let mut request = get("/registry/npm/@a%2fb");
    request
        .headers_mut()
        .insert("authorization", "Bearer secret".parse().unwrap());
    request
        .headers_mut()
        .insert("cookie", "a=b".parse().unwrap());
    request
        .headers_mut()
        .insert("if-none-match", "\"1\"".parse().unwrap());
    let response = bench.send(request).await;
    assert!(!response.headers().contains_key("set-cookie"));
    let (status, packument) = read(response).await;
    assert_eq!(status, 200);
    let asked = upstream.asked();
    assert!(
        !asked[0].headers.contains_key("authorization") && !asked[0].headers.contains_key("cookie")
    );
    assert_eq!(asked[0].headers["if-none-match"], "\"1\"");
    let packument: serde_json::Value = serde_json::from_str(&packument).unwrap();
    let link = packument
        .pointer("/versions/1.0.0/dist/tarball")
        .unwrap()
        .as_str()
        .unwrap();
    let target = link.strip_prefix("http://127.0.0.1:9000").unwrap();
    assert_eq!(bench.ask(get(target)).await, (200, "tarball".to_owned()));
}

#[tokio::test]
async fn registries_only_read_and_fetch_only_what_they_signed() {
    let (upstream, bench) = bench().await;
    for method in ["PUT", "POST", "DELETE", "PATCH"] {
        assert_eq!(
            bench
                .ask(bench.request(method, "/registry/npm/demo", "x"))
                .await
                .0,
            405,
            "{method}"
        );
    }
    for (target, status) in [
        ("/registry/file/AAAA/aHR0cDovL2V2aWwv/x", 403),
        ("/registry/pypi/simple/%2e%2e/files/x", 400),
        ("/registry/maven/x", 403),
        ("/registry/npm/../v1", 400),
    ] {
        assert_eq!(bench.ask(get(target)).await.0, status, "{target}");
    }
    assert!(upstream.asked().is_empty());
    assert_eq!(bench.ask(get("/registry/pypi/simple/none/")).await.0, 404);
    assert_eq!(
        bench.ask(get("/registry/npm/loop")).await.0,
        502,
        "an endless redirect"
    );
}
