//! Tokens and money: what one model call used, and the totals of a run.
