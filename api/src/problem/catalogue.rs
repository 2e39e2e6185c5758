//! Every error a client can meet: its stable code, its HTTP status, and what it says in each language.
//!
//! Each text says what happened, what that means for the user's work, and what to do. `{n}` is a number the problem
//! carries. REST problems and WebSocket error frames share this table.

use http::StatusCode;

use crate::language::Language;

macro_rules! catalogue {
    ($($variant:ident = $code:literal, $status:ident, $english:literal, $korean:literal;)+) => {
        /// Which problem it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $($variant,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable word that clients branch on.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The HTTP status.
            pub(crate) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)+
                }
            }

            /// The text, `{n}` not yet filled in.
            pub(super) const fn text(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::English) => $english,
                      (Self::$variant, Language::Korean) => $korean,)+
                }
            }
        }
    };
}

catalogue! {
    // Who is asking.
    AuthRequired = "auth.required", UNAUTHORIZED,
        "You are signed out. Nothing was changed. Sign in again.",
        "로그아웃되어 있어요. 바뀐 것은 없어요. 다시 로그인해 주세요.";
    AuthOrigin = "auth.origin", FORBIDDEN,
        "This request came from another site. It was not carried out. Use Berth from its own address.",
        "다른 사이트에서 보낸 요청이에요. 실행하지 않았어요. Berth 주소에서 직접 사용해 주세요.";
    Host = "request.host", FORBIDDEN,
        "This address is not one Berth is served from. Nothing was changed. Use the address Berth printed at start.",
        "Berth가 사용하는 주소가 아니에요. 바뀐 것은 없어요. 시작할 때 안내된 주소를 사용해 주세요.";
    UserNotFound = "user.not_found", NOT_FOUND,
        "There is no such user here. Nothing was changed. Check the address.",
        "해당 사용자가 없어요. 바뀐 것은 없어요. 주소를 확인해 주세요.";
    SettingsOwner = "settings.owner", FORBIDDEN,
        "Only the owner of this installation may change its settings. Nothing was changed. Ask the owner.",
        "설치한 사람만 설정을 바꿀 수 있어요. 바뀐 것은 없어요. 소유자에게 요청해 주세요.";
    SignInNone = "sign_in.none", NOT_FOUND,
        "This installation has no sign-in with Google. You are not signed in. Open the link that Berth printed at start.",
        "이 설치에서는 Google로 로그인할 수 없어요. 로그인되지 않았어요. 시작할 때 안내된 링크를 열어 주세요.";
    SignInRefused = "sign_in.refused", UNAUTHORIZED,
        "Google's answer could not be accepted. You are not signed in. Begin again; if it stays, tell whoever runs Berth.",
        "Google의 응답을 확인하지 못했어요. 로그인되지 않았어요. 다시 시도해 보고, 계속되면 관리자에게 알려 주세요.";
    SignInStale = "sign_in.stale", UNAUTHORIZED,
        "This sign-in took too long, or was begun elsewhere. You are not signed in. Begin again in this window.",
        "로그인 시간이 지났거나 다른 창에서 시작했어요. 로그인되지 않았어요. 이 창에서 다시 시작해 주세요.";
    SignInNotAdmitted = "sign_in.not_admitted", FORBIDDEN,
        "This account has no access to Berth here. You are not signed in. Choose another account, or ask whoever runs Berth for access.",
        "이 계정으로는 사용할 수 없어요. 로그인되지 않았어요. 다른 계정을 고르거나 관리자에게 사용 권한을 요청해 주세요.";
    SignInUnavailable = "sign_in.unavailable", SERVICE_UNAVAILABLE,
        "Google cannot be reached to check the sign-in. You are not signed in. Try again in a minute.",
        "Google에 연결할 수 없어서 로그인을 확인하지 못했어요. 로그인되지 않았어요. 1분 뒤 다시 시도해 주세요.";
    TokenNotFound = "token.not_found", NOT_FOUND,
        "This token does not exist any more. Nothing was changed. Reload the list.",
        "이 토큰은 더 이상 없어요. 바뀐 것은 없어요. 목록을 새로 고쳐 주세요.";
    TokenInvalid = "token.invalid", BAD_REQUEST,
        "The token cannot be made like this. Nothing was made. Correct the fields named below.",
        "이대로는 토큰을 만들 수 없어요. 만들지 않았어요. 아래 항목을 고쳐 주세요.";
    TokenLimit = "token.limit", CONFLICT,
        "There are {n} tokens already, as many as allowed. None was made. Remove one that is not used any more.",
        "토큰이 이미 {n}개로 최대예요. 만들지 않았어요. 더 이상 쓰지 않는 토큰을 삭제해 주세요.";
    TokenBySession = "token.by_session", FORBIDDEN,
        "A token cannot make other tokens. None was made. Make it in the settings, signed in with a browser.",
        "토큰으로는 다른 토큰을 만들 수 없어요. 만들지 않았어요. 브라우저로 로그인해서 설정에서 만들어 주세요.";

    // How it is asked.
    RouteNotFound = "route.not_found", NOT_FOUND,
        "There is nothing at this address. Nothing was changed. Check the address.",
        "이 주소에는 아무것도 없어요. 바뀐 것은 없어요. 주소를 확인해 주세요.";
    RouteMethod = "route.method", METHOD_NOT_ALLOWED,
        "This address does not offer that action. Nothing was changed. See the API description.",
        "이 주소에서는 할 수 없는 동작이에요. 바뀐 것은 없어요. API 문서를 확인해 주세요.";
    MediaType = "request.media_type", UNSUPPORTED_MEDIA_TYPE,
        "The request is not JSON. Nothing was changed. Send it as application/json.",
        "요청이 JSON 형식이 아니에요. 바뀐 것은 없어요. application/json으로 보내 주세요.";
    Json = "request.json", BAD_REQUEST,
        "The request's content could not be read. Nothing was changed. Compare it with the API description.",
        "요청 내용을 읽을 수 없어요. 바뀐 것은 없어요. API 문서와 비교해 주세요.";
    Query = "request.query", BAD_REQUEST,
        "A parameter of the address is not valid. Nothing was changed. Compare it with the API description.",
        "주소의 매개변수가 올바르지 않아요. 바뀐 것은 없어요. API 문서와 비교해 주세요.";
    PathId = "request.path", BAD_REQUEST,
        "The id in the address is not valid. Nothing was changed. Check the address.",
        "주소에 있는 ID가 올바르지 않아요. 바뀐 것은 없어요. 주소를 확인해 주세요.";
    TooLarge = "request.too_large", PAYLOAD_TOO_LARGE,
        "The request is too large. Nothing was changed. Send less at once.",
        "요청이 너무 커요. 바뀐 것은 없어요. 나눠서 보내 주세요.";
    Malformed = "request.malformed", BAD_REQUEST,
        "The request could not be understood. Nothing was changed. Compare it with the API description.",
        "요청을 이해할 수 없어요. 바뀐 것은 없어요. API 문서와 비교해 주세요.";
    Upgrade = "request.upgrade", UPGRADE_REQUIRED,
        "This address speaks WebSocket only. Nothing was changed. Connect with a WebSocket client.",
        "WebSocket으로만 연결할 수 있는 주소예요. 바뀐 것은 없어요. WebSocket으로 연결해 주세요.";
    IdempotencyKey = "request.idempotency_key", BAD_REQUEST,
        "The Idempotency-Key must have 1 to 255 visible characters. Nothing was started. Send another key.",
        "Idempotency-Key는 1~255자여야 해요. 아무것도 시작하지 않았어요. 다른 키로 보내 주세요.";

    // Conversations, messages, runs.
    ConversationNotFound = "conversation.not_found", NOT_FOUND,
        "This conversation does not exist any more. Nothing was sent. Choose another one or begin a new one.",
        "이 대화는 더 이상 없어요. 보낸 것은 없어요. 다른 대화를 고르거나 새로 시작해 주세요.";
    ConversationOfRun = "conversation.of_run", CONFLICT,
        "This is the record of an agent's run and takes no messages. Nothing was sent. Begin a new conversation, or run the agent again.",
        "에이전트 실행 기록이라 메시지를 보낼 수 없어요. 보낸 것은 없어요. 새 대화를 시작하거나 에이전트를 다시 실행해 주세요.";
    ConversationBusy = "conversation.busy", CONFLICT,
        "Claude is still working in this conversation. It was not deleted. Stop the work first.",
        "이 대화에서 아직 작업 중이에요. 삭제하지 않았어요. 먼저 작업을 중지해 주세요.";
    ConversationTitle = "conversation.title", BAD_REQUEST,
        "A title needs 1 to {n} characters on one line. Nothing was changed. Choose another one.",
        "제목은 한 줄, 1~{n}자여야 해요. 바뀐 것은 없어요. 다른 제목을 입력해 주세요.";
    AgentNotFound = "agent.not_found", NOT_FOUND,
        "This agent does not exist. Nothing was changed. Choose another one.",
        "해당 에이전트가 없어요. 바뀐 것은 없어요. 다른 에이전트를 선택해 주세요.";
    AgentInvalid = "agent.invalid", BAD_REQUEST,
        "Some entries cannot be saved as they are. Nothing was saved. Correct the fields named below.",
        "그대로 저장할 수 없는 항목이 있어요. 저장하지 않았어요. 아래 항목을 고쳐 주세요.";
    AgentChanged = "agent.changed", CONFLICT,
        "This agent was changed in the meantime. Your change was not saved. Load it again, then save.",
        "그동안 이 에이전트가 바뀌었어요. 저장하지 않았어요. 다시 불러온 뒤 저장해 주세요.";
    AgentVersion = "agent.version_not_found", NOT_FOUND,
        "This agent has no such version. Nothing was changed. Choose another version.",
        "이 에이전트에 그런 버전이 없어요. 바뀐 것은 없어요. 다른 버전을 선택해 주세요.";
    AgentIdTaken = "agent.id_taken", CONFLICT,
        "This was saved before and deleted since. Nothing was saved. Send it again with another Idempotency-Key.",
        "이미 저장했다가 삭제한 에이전트예요. 저장하지 않았어요. 다른 Idempotency-Key로 다시 보내 주세요.";
    AgentImport = "agent.import", BAD_REQUEST,
        "This is not an agent's file. Nothing was saved. Choose a file that Berth has exported.",
        "에이전트 파일이 아니에요. 저장하지 않았어요. Berth에서 내보낸 파일을 골라 주세요.";
    AgentQuota = "quota.agents", CONFLICT,
        "You have {n} agents, as many as allowed. This one was not saved. Delete one you no longer need.",
        "만들 수 있는 에이전트 {n}개를 모두 만들었어요. 저장하지 않았어요. 필요 없는 에이전트를 삭제해 주세요.";
    ScheduleInvalid = "schedule.invalid", BAD_REQUEST,
        "This schedule cannot be used as it is. Nothing was changed. Correct the fields named below.",
        "그대로 사용할 수 없는 예약이에요. 바뀐 것은 없어요. 아래 항목을 고쳐 주세요.";
    ScheduleNotFound = "schedule.not_found", NOT_FOUND,
        "This agent has no schedule. Nothing was changed. Give it one first.",
        "이 에이전트에는 예약이 없어요. 바뀐 것은 없어요. 먼저 예약을 추가해 주세요.";
    ScheduleBusy = "schedule.busy", CONFLICT,
        "The schedule changed several times at once. Your change was not saved. Try again.",
        "예약이 동시에 여러 번 바뀌었어요. 저장하지 않았어요. 다시 시도해 주세요.";
    BackfillTooMany = "schedule.too_many", BAD_REQUEST,
        "More than {n} times lie in this period. None was started. Choose a shorter period.",
        "이 기간에는 실행할 시각이 {n}개를 넘어요. 시작하지 않았어요. 더 짧은 기간을 골라 주세요.";
    SecretName = "secret.name", BAD_REQUEST,
        "A secret's name has capital letters, digits and _, at most 64, and is not one Berth uses. Nothing was saved. Choose another name.",
        "비밀 값 이름은 영문 대문자, 숫자, _로 64자까지 쓸 수 있고 Berth가 쓰는 이름은 안 돼요. 저장하지 않았어요. 다른 이름을 입력해 주세요.";
    SecretValue = "secret.value", BAD_REQUEST,
        "A secret has 1 to {n} bytes, without NUL characters. Nothing was saved. Enter another value.",
        "비밀 값은 NUL 문자 없이 1~{n}바이트여야 해요. 저장하지 않았어요. 다른 값을 입력해 주세요.";
    SecretNotFound = "secret.not_found", NOT_FOUND,
        "This agent has no such secret. Nothing was changed. Refresh the list.",
        "이 에이전트에 그런 비밀 값이 없어요. 바뀐 것은 없어요. 목록을 새로 고쳐 주세요.";
    SecretLimit = "secret.limit", CONFLICT,
        "This agent has {n} secrets, as many as allowed. Nothing was saved. Delete one it no longer needs.",
        "이 에이전트에 저장할 수 있는 비밀 값 {n}개를 모두 썼어요. 저장하지 않았어요. 필요 없는 값을 삭제해 주세요.";
    ProposalNotFound = "proposal.not_found", NOT_FOUND,
        "This proposal does not exist any more. Nothing was saved. Ask for it again in the conversation.",
        "이 제안은 더 이상 없어요. 저장하지 않았어요. 대화에서 다시 요청해 주세요.";
    ProposalDecided = "proposal.decided", CONFLICT,
        "This proposal was decided otherwise before. Nothing was changed. Ask for it again in the conversation.",
        "이미 다르게 결정한 제안이에요. 바뀐 것은 없어요. 대화에서 다시 요청해 주세요.";
    NotificationNotFound = "notification.not_found", NOT_FOUND,
        "There is no such notification. Nothing was changed. Refresh the list.",
        "해당 알림이 없어요. 바뀐 것은 없어요. 목록을 새로 고쳐 주세요.";
    NotificationInvalid = "notification.invalid", BAD_REQUEST,
        "Some entries cannot be saved as they are. Nothing was changed. Correct the fields named below.",
        "그대로 저장할 수 없는 항목이 있어요. 바뀐 것은 없어요. 아래 항목을 고쳐 주세요.";
    NotificationChannel = "notification.channel", CONFLICT,
        "This way of notifying is not set up. Nothing was sent. Save an address for it first.",
        "이 알림 방법은 아직 설정하지 않았어요. 보낸 것은 없어요. 먼저 받을 주소를 저장해 주세요.";
    NotificationMail = "notification.mail", CONFLICT,
        "This installation has no mail server. Nothing was sent. Ask its owner to set one up.",
        "메일 서버가 설정되어 있지 않아요. 보낸 것은 없어요. 설치한 사람에게 메일 서버 설정을 요청해 주세요.";
    ZipTooLarge = "file.zip_too_large", CONFLICT,
        "This is more than {n} MB or 10,000 files, too much for one download. Nothing was sent. Choose a smaller folder.",
        "한 번에 받을 수 있는 {n}MB나 파일 10,000개를 넘어요. 보낸 것은 없어요. 더 작은 폴더를 골라 주세요.";
    ZipName = "file.zip_name", CONFLICT,
        "A file here has a name that is not safe to unpack. Nothing was sent. Rename it, or load the files one by one.",
        "압축을 풀 때 안전하지 않은 이름의 파일이 있어요. 보낸 것은 없어요. 이름을 바꾸거나 파일을 하나씩 받아 주세요.";
    SearchQuery = "search.query", BAD_REQUEST,
        "A search has 1 to {n} characters. Nothing was searched. Enter something else.",
        "검색어는 1~{n}자여야 해요. 검색하지 않았어요. 다시 입력해 주세요.";
    UsageBudget = "usage.budget", BAD_REQUEST,
        "A month's budget is more than 0 and at most 10,000 dollars. Nothing was changed. Enter another amount.",
        "한 달 예산은 0달러보다 크고 10,000달러 이하여야 해요. 바뀐 것은 없어요. 다른 금액을 입력해 주세요.";
    SmtpInvalid = "settings.smtp", BAD_REQUEST,
        "The mail server cannot be used as it is written. Nothing was changed. Correct the fields named below.",
        "그대로 사용할 수 없는 메일 서버 설정이에요. 바뀐 것은 없어요. 아래 항목을 고쳐 주세요.";

    MessageEmpty = "message.empty", BAD_REQUEST,
        "The message has no text. It was not sent. Write something first.",
        "메시지에 내용이 없어요. 보내지 않았어요. 내용을 입력해 주세요.";
    MessageTooLong = "message.too_long", PAYLOAD_TOO_LARGE,
        "The message is longer than {n} MB. It was not sent. Shorten it, or upload it as a file.",
        "메시지가 {n}MB를 넘어요. 보내지 않았어요. 내용을 줄이거나 파일로 올려 주세요.";
    MessageNul = "message.nul", BAD_REQUEST,
        "The message has a NUL character, which no program can take as text. It was not sent. Remove it.",
        "메시지에 NUL 문자가 있어요. 보내지 않았어요. 해당 문자를 지워 주세요.";
    MessageId = "message.id", BAD_REQUEST,
        "The message's id is not a UUID. It was not sent. Send it with a fresh id.",
        "메시지 ID가 UUID가 아니에요. 보내지 않았어요. 새 ID로 다시 보내 주세요.";
    MessageIdTaken = "message.id_taken", CONFLICT,
        "The message's id is in use already. It was not sent. Send it with a fresh id.",
        "이미 사용 중인 메시지 ID예요. 보내지 않았어요. 새 ID로 다시 보내 주세요.";
    ConcurrentRuns = "quota.concurrent_runs", TOO_MANY_REQUESTS,
        "{n} pieces of work are under way, as many as allowed. This one was not started. Wait for one to end, or stop one.",
        "동시에 할 수 있는 작업 {n}개가 모두 진행 중이에요. 이 작업은 시작하지 않았어요. 하나가 끝날 때까지 기다리거나 중지해 주세요.";
    RunNotFound = "run.not_found", NOT_FOUND,
        "This run does not exist any more. Nothing was changed. Choose another one.",
        "이 실행은 더 이상 없어요. 바뀐 것은 없어요. 다른 실행을 선택해 주세요.";
    RunUnfinished = "run.unfinished", CONFLICT,
        "This run has not ended yet. It was not started again. Stop it, or wait for its end.",
        "이 실행은 아직 끝나지 않았어요. 다시 시작하지 않았어요. 중지하거나 끝날 때까지 기다려 주세요.";

    // Files and the workspace.
    FilePath = "file.path", BAD_REQUEST,
        "This is not a path inside your workspace. No file was touched. Choose another name.",
        "작업 공간 안의 경로가 아니에요. 건드린 파일은 없어요. 다른 이름을 사용해 주세요.";
    FileNotFound = "file.not_found", NOT_FOUND,
        "There is no such file or folder. Nothing was changed. Refresh the list.",
        "파일이나 폴더가 없어요. 바뀐 것은 없어요. 목록을 새로 고쳐 주세요.";
    FileKind = "file.kind", CONFLICT,
        "This works on files or on folders only, and the path names the other. Nothing was changed. Choose another path.",
        "파일과 폴더 중 다른 종류를 가리키는 경로예요. 바뀐 것은 없어요. 다른 경로를 선택해 주세요.";
    FileExists = "file.exists", CONFLICT,
        "There is something of that name already. It was left alone. Choose another name.",
        "같은 이름이 이미 있어요. 기존 항목은 그대로 두었어요. 다른 이름을 사용해 주세요.";
    FileChanged = "file.changed", PRECONDITION_FAILED,
        "The file is not the version you expected. It was left alone. Load it again, then save.",
        "파일이 그동안 바뀌었어요. 파일은 그대로 두었어요. 다시 불러온 뒤 저장해 주세요.";
    FileTooLarge = "file.too_large", PAYLOAD_TOO_LARGE,
        "The file is larger than allowed. It was not stored. Split it or compress it.",
        "파일이 허용된 크기보다 커요. 저장하지 않았어요. 나누거나 압축해 주세요.";
    FileRange = "file.range", RANGE_NOT_SATISFIABLE,
        "The file does not have that part. Nothing was sent. Load it from the start.",
        "파일에 해당 부분이 없어요. 보낸 것은 없어요. 처음부터 다시 받아 주세요.";
    FileSlow = "file.slow", REQUEST_TIMEOUT,
        "The upload stood still for too long. The file was not stored. Check the connection and upload it again.",
        "업로드가 너무 오래 멈춰 있었어요. 저장하지 않았어요. 연결을 확인하고 다시 올려 주세요.";
    FileCut = "file.cut", BAD_REQUEST,
        "The upload broke off. The file was not stored. Upload it again.",
        "업로드가 중간에 끊겼어요. 저장하지 않았어요. 다시 올려 주세요.";
    FileAction = "file.action", BAD_REQUEST,
        "Either mkdir or rename_to must be given. Nothing was changed. Compare with the API description.",
        "mkdir와 rename_to 중 하나가 필요해요. 바뀐 것은 없어요. API 문서와 비교해 주세요.";
    NoSpace = "file.no_space", INSUFFICIENT_STORAGE,
        "The workspace's disk is full. Nothing was stored. Delete files you no longer need.",
        "작업 공간의 디스크가 가득 찼어요. 저장하지 않았어요. 필요 없는 파일을 지워 주세요.";
    EngineDown = "workspace.engine_down", SERVICE_UNAVAILABLE,
        "The engine that runs workspaces does not answer. Your files are safe. Start it, or run `berth doctor`.",
        "작업 공간을 실행하는 엔진이 응답하지 않아요. 파일은 안전해요. 엔진을 시작하거나 `berth doctor`를 실행해 주세요.";
    ImageMissing = "workspace.image_missing", SERVICE_UNAVAILABLE,
        "The workspace's software is not installed. Your files are safe. Run `make build` on the server.",
        "작업 공간용 소프트웨어가 설치되어 있지 않아요. 파일은 안전해요. 서버에서 `make build`를 실행해 주세요.";
    WorkspaceUnavailable = "workspace.unavailable", SERVICE_UNAVAILABLE,
        "Your workspace could not be reached. Your files are safe. Try again in a moment.",
        "작업 공간에 연결하지 못했어요. 파일은 안전해요. 잠시 뒤 다시 시도해 주세요.";

    // Settings, profile, usage.
    ModelKey = "settings.model_key", BAD_REQUEST,
        "This does not look like a model key. The setting was not changed. Copy the whole key, without spaces.",
        "모델 키로 보이지 않아요. 설정은 바뀌지 않았어요. 공백 없이 키 전체를 복사해 주세요.";
    DemoUnavailable = "settings.demo", CONFLICT,
        "The demo is not part of this installation. The setting was not changed. Set a model key instead.",
        "이 설치에서는 데모를 사용할 수 없어요. 설정은 바뀌지 않았어요. 모델 키를 등록해 주세요.";
    Onboarding = "user.onboarding", BAD_REQUEST,
        "An answer is not one Berth knows. Nothing was saved. Check language, time zone and length.",
        "사용할 수 없는 답변이 있어요. 저장하지 않았어요. 언어, 시간대, 길이를 확인해 주세요.";
    TimeZone = "time_zone.unknown", BAD_REQUEST,
        "This time zone is not known. Nothing was computed. Use a name such as Asia/Seoul.",
        "알 수 없는 시간대예요. 계산하지 않았어요. Asia/Seoul과 같은 이름을 사용해 주세요.";
    UsagePeriod = "usage.period", BAD_REQUEST,
        "The period is not valid. Nothing was computed. Give from before to, as dates or times.",
        "기간이 올바르지 않아요. 계산하지 않았어요. from이 to보다 앞서는 날짜나 시각을 입력해 주세요.";

    // WebSocket only.
    FrameInvalid = "frame.invalid", BAD_REQUEST,
        "A frame could not be read. It was not carried out. Reload the page.",
        "전송된 내용을 읽을 수 없어요. 실행하지 않았어요. 페이지를 새로 고쳐 주세요.";
    FrameUnknown = "frame.unknown", BAD_REQUEST,
        "A frame of an unknown type came in. It was not carried out. Reload the page.",
        "알 수 없는 종류의 요청이에요. 실행하지 않았어요. 페이지를 새로 고쳐 주세요.";
    SubscriptionLimit = "subscription.limit", TOO_MANY_REQUESTS,
        "This connection follows {n} conversations, as many as allowed. This one is not followed. Unsubscribe from one first.",
        "이 연결에서 볼 수 있는 대화 {n}개를 모두 보고 있어요. 이 대화는 추가하지 않았어요. 먼저 다른 대화의 구독을 해제해 주세요.";

    // Our side.
    StoreUnavailable = "store.unavailable", SERVICE_UNAVAILABLE,
        "Berth cannot store anything at the moment. What was stored before is safe, and what is running goes on. Try again in a moment.",
        "지금은 저장할 수 없어요. 이전에 저장된 내용은 안전하고, 진행 중인 작업은 계속돼요. 잠시 뒤 다시 시도해 주세요.";
    StoreFull = "store.full", INSUFFICIENT_STORAGE,
        "The server's disk is full. What was stored before is safe. Make room on the server, then try again.",
        "서버 디스크가 가득 찼어요. 이전에 저장된 내용은 안전해요. 서버의 공간을 확보한 뒤 다시 시도해 주세요.";
    StoreBroken = "store.broken", INTERNAL_SERVER_ERROR,
        "Stored data could not be read. Nothing was changed. Tell whoever runs the server; its log has the details.",
        "저장된 데이터를 읽을 수 없어요. 바뀐 것은 없어요. 서버 담당자에게 알려 주세요. 자세한 내용은 로그에 있어요.";
    Internal = "internal", INTERNAL_SERVER_ERROR,
        "The server made a mistake. Your stored work is safe. Try again; if it stays, tell whoever runs the server.",
        "서버에 문제가 생겼어요. 저장된 작업은 안전해요. 다시 시도해 보고, 계속되면 서버 담당자에게 알려 주세요.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_texts_have_three_sentences() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            for language in [Language::English, Language::Korean] {
                let sentences = code.text(language).matches('.').count();
                assert!(sentences >= 3, "{} says too little", code.as_str());
            }
        }
    }
}
