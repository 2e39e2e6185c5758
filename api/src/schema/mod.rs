//! The shapes on the wire. They mirror the domain's nouns, and every conversion is exhaustive: a field or variant that is
//! added there does not compile here until somebody has decided whether clients see it.

mod agent;
mod agent_view;
mod check;
mod conversation;
mod event;
mod file;
mod given;
mod notification;
mod page;
mod proposal;
mod run;
mod schedule;
mod usage;
mod user;
mod workspace;

pub(crate) use agent::{AgentFields, AgentSpecView, StatusWord, micro_usd};
pub(crate) use agent_view::{AgentParts, AgentVersionView, AgentView};
pub(crate) use check::CheckResultView;
pub(crate) use conversation::{ConversationView, MessageView};
pub(crate) use event::{EventPage, EventRecord};
pub(crate) use file::{FileBytes, FileList};
pub(crate) use given::Given;
pub(crate) use notification::{ChannelWord, DeliveryView, NotificationView};
pub(crate) use page::{Items, PageQuery, SeqQuery};
pub(crate) use proposal::ProposalView;
pub(crate) use run::{AcceptedView, RunView};
pub(crate) use schedule::{FireView, ScheduleFields, ScheduleSpecView, ScheduleView, SlotView};
pub(crate) use usage::{UsageView, usd};
pub(crate) use user::ProfileView;
pub(crate) use workspace::{UpstreamWord, WorkspaceView, WorkspaceWord};

/// Makes a domain enum of words (`ALL`, `as_str`) a JSON string with its values listed in the OpenAPI document.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident($domain:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, serde::Serialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) $domain);

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(<$domain>::ALL.iter().map(|word| word.as_str())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($domain).into()
            }
        }
    };
}
use word;
