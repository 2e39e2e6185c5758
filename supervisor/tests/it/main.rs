//! The real binary, outside a container, spoken to through the real client.

mod files;
mod folders;
mod forward;
mod harness;
mod output;
mod peers;
mod processes;
mod shims;
mod stdin;
mod tree;
