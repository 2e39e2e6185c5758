//! Files of the user's workspace.

mod change;
mod delete;
mod list;
mod path;
mod precondition;
mod read;
mod write;
mod zip;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list_files))
        .routes(routes!(
            read::read_file,
            write::write_file,
            delete::delete_file,
            change::change_file
        ))
}
