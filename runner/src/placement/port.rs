//! What others on this machine see: the link asks before it serves a workspace to the API.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::ports::homes::{Homes, NotHere};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::Placing;

#[async_trait]
impl Homes for Placing {
    async fn settle(&self, user: UserId) -> Result<(), NotHere> {
        self.settled(user).await
    }

    fn changed(&self, user: UserId) {
        Self::changed(self, user);
    }

    fn left(&self, user: UserId) -> BoxFuture<'static, ()> {
        let (left, gone) = (self.home(user).left(), self.gone().clone());
        async move {
            tokio::select! {
                () = left.cancelled() => {}
                () = gone.cancelled() => {}
            }
        }
        .boxed()
    }
}
