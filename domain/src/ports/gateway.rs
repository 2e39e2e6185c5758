//! What a runner asks of the gateway: open a workspace, let a run spend, take that right back.
