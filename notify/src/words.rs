//! What a mail says, in the language of who gets it.

use berth_domain::notification::{Notification, NotificationKind};
use berth_domain::run::Reason;

/// A language of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Korean,
}

impl Language {
    /// The language of a code; English where there is none.
    pub(crate) fn of(code: Option<&str>) -> Self {
        match code {
            Some("ko") => Self::Korean,
            _ => Self::English,
        }
    }
}

/// The words of one mail.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) subject: String,
    /// One sentence: what happened, and what there is to do.
    pub(crate) lead: String,
    /// On the link.
    pub(crate) open: &'static str,
}

impl Words {
    pub(crate) fn of(notification: &Notification, language: Language) -> Self {
        let name = notification.agent_name.as_deref();
        match language {
            Language::English => {
                let (state, lead) = english(notification.kind);
                let why = notification.reason.and_then(english_reason);
                Self {
                    subject: format!("[Berth] {}: {state}", name.unwrap_or("Berth")),
                    lead: [Some(lead), why]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                        .join(" "),
                    open: "Open in Berth",
                }
            }
            Language::Korean => {
                let (state, lead) = korean(notification.kind);
                let why = notification.reason.and_then(korean_reason);
                Self {
                    subject: format!("[Berth] {}: {state}", name.unwrap_or("Berth")),
                    lead: [Some(lead), why]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                        .join(" "),
                    open: "Berth에서 열기",
                }
            }
        }
    }
}

const fn english(kind: NotificationKind) -> (&'static str, &'static str) {
    match kind {
        NotificationKind::RunFailed => (
            "Failed",
            "The run did not finish its work. Open it to see why, and run it again.",
        ),
        NotificationKind::RunUnproved => (
            "Done, unproved",
            "The run ended, but not everything you asked to be checked is there. Look at the result before you use it.",
        ),
        NotificationKind::RunSucceeded => ("Done", "The run has finished. This is its result."),
        NotificationKind::BudgetStopped => (
            "Stopped at budget",
            "The run was stopped before it could cost more than you allow. Raise its limit, or make its task smaller.",
        ),
        NotificationKind::NeedsYou => (
            "Needs you",
            "The run met a question that only you can answer. Answer it in the agent's instructions, and run it again.",
        ),
        NotificationKind::SchedulePaused => (
            "Schedule paused",
            "The schedule has paused itself, so that nothing more is spent in vain. Mend the agent, then resume it.",
        ),
        NotificationKind::SlotMissed => (
            "Missed",
            "Scheduled times passed without a run, because Berth was not running. Their number is below; run the agent now if you need it.",
        ),
        NotificationKind::FromAgent => ("Message", "Your agent has something to tell you."),
        NotificationKind::Test => ("Test", "This is a test. Notifications reach you here."),
    }
}

const fn korean(kind: NotificationKind) -> (&'static str, &'static str) {
    match kind {
        NotificationKind::RunFailed => (
            "실패",
            "실행이 일을 끝내지 못했어요. 열어서 이유를 확인하고 다시 실행해 주세요.",
        ),
        NotificationKind::RunUnproved => (
            "완료(확인 안 됨)",
            "실행은 끝났지만 확인하기로 한 것이 모두 있지는 않아요. 사용하기 전에 결과를 살펴봐 주세요.",
        ),
        NotificationKind::RunSucceeded => ("완료", "실행이 끝났어요. 결과를 보내 드려요."),
        NotificationKind::BudgetStopped => (
            "예산 한도에서 멈춤",
            "허용한 비용을 넘기 전에 실행을 멈췄어요. 한도를 올리거나 할 일을 줄여 주세요.",
        ),
        NotificationKind::NeedsYou => (
            "확인 필요",
            "직접 답해야 하는 질문이 생겼어요. 에이전트 지시문에 답을 적고 다시 실행해 주세요.",
        ),
        NotificationKind::SchedulePaused => (
            "예약 일시 중지",
            "헛되이 비용이 들지 않도록 예약을 스스로 멈췄어요. 에이전트를 고친 뒤 다시 시작해 주세요.",
        ),
        NotificationKind::SlotMissed => (
            "놓침",
            "Berth가 꺼져 있어서 예약된 시간을 놓쳤어요. 놓친 횟수는 아래와 같아요. 필요하면 지금 실행해 주세요.",
        ),
        NotificationKind::FromAgent => ("메시지", "에이전트가 알려 드릴 것이 있어요."),
        NotificationKind::Test => ("시험", "시험 알림이에요. 알림이 이 주소로 와요."),
    }
}

/// What is worth adding about a reason; most say nothing beyond the first sentence.
const fn english_reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::TimeLimit => "It took longer than its time limit.",
        Reason::OutOfMemory => "Your workspace ran out of memory.",
        Reason::DiskFull => "Your workspace's disk is full.",
        Reason::ModelKeyMissing => "No model key is set.",
        Reason::ModelKeyRefused => "The model refused the key.",
        Reason::RateLimited => "The model was asked too often; it usually works again later.",
        Reason::ModelError => "The model did not answer properly.",
        Reason::RunnerLost => "Berth was restarted in the middle of it.",
        _ => return None,
    })
}

const fn korean_reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::TimeLimit => "시간 제한을 넘겼어요.",
        Reason::OutOfMemory => "작업 공간의 메모리가 부족했어요.",
        Reason::DiskFull => "작업 공간의 디스크가 가득 찼어요.",
        Reason::ModelKeyMissing => "모델 키가 설정되어 있지 않아요.",
        Reason::ModelKeyRefused => "모델이 키를 받아들이지 않았어요.",
        Reason::RateLimited => "모델 요청이 너무 많았어요. 보통 나중에 다시 돼요.",
        Reason::ModelError => "모델이 제대로 답하지 않았어요.",
        Reason::RunnerLost => "실행 중에 Berth가 다시 시작됐어요.",
        _ => return None,
    })
}
