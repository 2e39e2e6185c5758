//! Installs a package and uses it, in two calls.

use super::{Language, has, last_line};
use crate::conversation::Conversation;
use crate::reply::Reply;

/// A package with a line of Python that shows it at work.
struct Package {
    name: &'static str,
    demo: &'static str,
}

/// Pure Python, small and without dependencies worth mentioning. A demo that installed whatever word follows "install" would
/// sooner or later fetch a package nobody meant.
const PACKAGES: [Package; 6] = [
    Package {
        name: "humanize",
        demo: "print(humanize.intword(158990000), '|', humanize.naturalsize(3_000_000))",
    },
    Package {
        name: "inflect",
        demo: "print(inflect.engine().number_to_words(2048))",
    },
    Package {
        name: "tabulate",
        demo: "print(tabulate.tabulate([['Seoul', 3], ['Busan', 2]], headers=['city', 'n']))",
    },
    Package {
        name: "emoji",
        demo: "print(emoji.emojize('It works :thumbs_up:'))",
    },
    Package {
        name: "pyfiglet",
        demo: "print(pyfiglet.figlet_format('Berth'))",
    },
    Package {
        name: "cowsay",
        demo: "cowsay.cow('It works')",
    },
];

pub(super) fn matches(text: &str) -> bool {
    has(text, &["install", "설치"])
}

pub(super) fn reply(conversation: &Conversation, language: Language) -> Reply {
    let text = conversation.last_text().to_lowercase();
    let asked = PACKAGES.iter().find(|package| text.contains(package.name));
    let package = asked.unwrap_or(&PACKAGES[0]);
    let name = package.name;
    match conversation.last_result() {
        None => Reply::bash(
            &introduction(name, asked.is_some(), language),
            &format!("pip install {name}"),
            &language
                .pick("Install NAME", "NAME 설치")
                .replace("NAME", name),
            None,
        ),
        Some(result) if result.is_error => failure(name, &result.text, language),
        Some(result) if is_install(&result.input) => Reply::bash(
            language.pick(
                "Installed. Now I use it from Python.",
                "설치했어요. 이제 Python에서 사용해 볼게요.",
            ),
            &format!(
                "python3 - <<'EOF'\nimport importlib.metadata\nimport {name}\nprint('version:', importlib.metadata.version('{name}'))\n{}\nEOF",
                package.demo
            ),
            &language.pick("Use NAME", "NAME 사용").replace("NAME", name),
            None,
        ),
        Some(result) => success(name, &result.text, language),
    }
}

fn introduction(name: &str, asked: bool, language: Language) -> String {
    let text = if asked {
        language.pick(
            "I install NAME in your workspace and then use it.",
            "작업 공간에 NAME 패키지를 설치한 다음 사용해 볼게요.",
        )
    } else {
        language.pick(
            "The demo knows only a few packages, so I take NAME: I install it in your workspace and then use it.",
            "데모에서는 몇 가지 패키지만 다룰 수 있어서 NAME 패키지로 보여 드릴게요. 작업 공간에 설치한 다음 사용해 볼게요.",
        )
    };
    text.replace("NAME", &format!("`{name}`"))
}

fn is_install(input: &serde_json::Value) -> bool {
    input["command"]
        .as_str()
        .is_some_and(|command| command.starts_with("pip install"))
}

fn success(name: &str, output: &str, language: Language) -> Reply {
    let Some((version, shown)) = output
        .split_once("version: ")
        .map(|(_, rest)| rest.split_once('\n').unwrap_or((rest, "")))
    else {
        return failure(name, output, language);
    };
    let lead = language.pick(
        "`NAME` VERSION is installed and works. It printed:",
        "`NAME` VERSION 버전을 설치했고 잘 작동해요. 출력은 이래요.",
    );
    let lead = lead
        .replace("NAME", name)
        .replace("VERSION", version.trim());
    let end = language.pick(
        "It stays in your workspace, so the next task can use it too.",
        "작업 공간에 남아 있으니 다음 작업에서도 쓸 수 있어요.",
    );
    Reply::text(format!("{lead}\n\n```\n{}\n```\n\n{end}", shown.trim_end()))
}

fn failure(name: &str, output: &str, language: Language) -> Reply {
    let lead = language.pick(
        "That did not work for `NAME`. The last line says:",
        "`NAME` 패키지로는 잘되지 않았어요. 마지막 줄은 이래요.",
    );
    Reply::text(format!(
        "{}\n\n```\n{}\n```",
        lead.replace("NAME", name),
        last_line(output)
    ))
}
