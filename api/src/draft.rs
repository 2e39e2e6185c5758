//! From a conversation to an agent that does the same again.
//!
//! Without a model and therefore always the same: what the person asked is kept in their words, and put so that somebody who
//! has not seen the conversation can do it.

use berth_domain::agent::{
    AgentSpec, DEFAULT_TIME_LIMIT, MAX_NAME, MAX_PROMPT, Network, NotifyRules,
};
use berth_domain::done::Check;
use berth_domain::run::cut;

/// Files that a definition of done names.
const MAX_FILES: usize = 5;
/// What a person keeps; everything else was a means to that end.
const RESULTS: &[&str] = &[
    "csv", "xlsx", "xls", "md", "txt", "pdf", "docx", "pptx", "html", "png", "jpg", "jpeg", "svg",
    "json", "zip",
];

/// What a conversation has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Material {
    /// Its title.
    pub(crate) title: String,
    /// What the person said, oldest first.
    pub(crate) requests: Vec<String>,
    /// Paths of the files that were made, oldest first.
    pub(crate) files: Vec<String>,
}

/// The agent.
pub(crate) fn draft(material: &Material) -> AgentSpec {
    let requests: Vec<&str> = material
        .requests
        .iter()
        .map(|request| request.trim())
        .filter(|request| !request.is_empty())
        .collect();
    let korean = requests.iter().any(|request| request.contains(is_hangul));
    let results = results(&material.files);
    let name: String = material
        .title
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect();
    let fallback = if korean {
        "새 에이전트"
    } else {
        "New agent"
    };
    AgentSpec {
        name: match name.trim() {
            "" => fallback.to_owned(),
            name => name.to_owned(),
        },
        prompt: prompt(&requests, &results, korean),
        model: None,
        time_limit_seconds: DEFAULT_TIME_LIMIT,
        cost_limit_micro_usd: None,
        network: Network::default(),
        done: results
            .into_iter()
            .map(|path| Check::NewerThanStart { path })
            .collect(),
        notify: NotifyRules::default(),
    }
}

fn is_hangul(c: char) -> bool {
    matches!(c, '가'..='힣' | 'ㄱ'..='ㅣ')
}

/// The last results by name, in the order they were made first, each once.
fn results(files: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for path in files {
        let name = path.rsplit('/').next().unwrap_or_default();
        let kind = name
            .rsplit_once('.')
            .map(|(_, kind)| kind.to_ascii_lowercase());
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        let plain = !name.contains('*') && !name.contains(char::is_control);
        let wanted = kind.is_some_and(|kind| RESULTS.contains(&kind.as_str()));
        if wanted && plain && !hidden && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let surplus = names.len().saturating_sub(MAX_FILES);
    names.split_off(surplus)
}

fn prompt(requests: &[&str], results: &[String], korean: bool) -> String {
    let words = if korean { &KOREAN } else { &ENGLISH };
    let mut prompt = String::new();
    match requests {
        [] => {}
        [only] => {
            prompt.push_str(words.again);
            prompt.push_str("\n\n");
            prompt.push_str(only);
        }
        several => {
            prompt.push_str(words.again_in_order);
            prompt.push('\n');
            for (at, request) in several.iter().enumerate() {
                let indented = request.replace('\n', "\n   ");
                prompt.push_str(&format!("\n{}. {indented}", at + 1));
            }
        }
    }
    let mut rest = String::new();
    if !requests.is_empty() {
        rest.push_str("\n\n");
        rest.push_str(words.inputs);
    }
    if !results.is_empty() {
        rest.push_str("\n\n");
        rest.push_str(words.results);
        for name in results {
            rest.push_str("\n- ");
            rest.push_str(name);
        }
    }
    // A very long conversation loses its end and keeps the frame around it.
    cut(prompt, MAX_PROMPT.saturating_sub(rest.len())) + &rest
}

struct Words {
    again: &'static str,
    again_in_order: &'static str,
    inputs: &'static str,
    results: &'static str,
}

const ENGLISH: Words = Words {
    again: "Do this again, from beginning to end and without asking back:",
    again_in_order: "Do this again, from beginning to end and without asking back. It was asked for step by step; where a later step corrects \
                     an earlier one, the later one counts:",
    inputs: "Files mentioned without a folder are in /workspace. Use today's data, not results of earlier runs. If something that is \
             needed is missing, say what it is and stop.",
    results: "Save the results under these names in your own folder:",
};

const KOREAN: Words = Words {
    again: "다음 일을 처음부터 끝까지, 되묻지 말고 다시 해 주세요:",
    again_in_order: "다음 일을 처음부터 끝까지, 되묻지 말고 다시 해 주세요. 차례대로 요청한 내용이고, 뒤의 요청이 앞의 요청을 고치면 뒤의 요청을 따라 주세요:",
    inputs: "폴더 없이 적은 파일은 /workspace에 있어요. 이전 실행의 결과가 아니라 오늘의 데이터를 사용해 주세요. 필요한 것이 없으면 무엇이 없는지 알리고 멈춰 주세요.",
    results: "결과는 자기 폴더에 다음 이름으로 저장해 주세요:",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn material(requests: &[&str], files: &[&str]) -> Material {
        Material {
            title: "매출 정리".to_owned(),
            requests: requests.iter().map(|&text| text.to_owned()).collect(),
            files: files.iter().map(|&text| text.to_owned()).collect(),
        }
    }

    #[test]
    fn one_request_becomes_a_prompt_that_stands_alone() {
        let spec = draft(&material(
            &["sales.csv를 지점별로 정리해 주세요"],
            &[
                "work/clean.py",
                "work/결과.xlsx",
                "work/결과.xlsx",
                ".cache/a.csv",
            ],
        ));
        assert_eq!(spec.name, "매출 정리");
        assert!(spec.prompt.starts_with("다음 일을"));
        assert!(spec.prompt.contains("sales.csv를 지점별로 정리해 주세요"));
        assert!(spec.prompt.contains("- 결과.xlsx"));
        let expected = Check::NewerThanStart {
            path: "결과.xlsx".to_owned(),
        };
        assert_eq!(spec.done, [expected]);
        assert!(spec.errors().is_empty());
    }

    #[test]
    fn several_requests_stay_in_order() {
        let spec = draft(&material(&["Read a.csv", " ", "Now a chart\nin blue"], &[]));
        assert!(spec.prompt.starts_with("Do this again"));
        assert!(
            spec.prompt
                .contains("1. Read a.csv\n2. Now a chart\n   in blue")
        );
        assert!(spec.done.is_empty());
    }

    #[test]
    fn whatever_was_said_can_be_saved() {
        let long = "가".repeat(MAX_PROMPT);
        let spec = draft(&material(&[&long], &["a.csv"]));
        assert!(spec.errors().is_empty(), "{:?}", spec.errors());
        assert!(spec.prompt.ends_with("- a.csv"));
    }
}
