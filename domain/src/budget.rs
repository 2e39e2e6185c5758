//! What a run may still spend: worst cases are reserved before a call and settled after it.
