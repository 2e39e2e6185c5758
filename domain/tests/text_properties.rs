//! Properties of the functions that take text as people and programs write it.

use berth_domain::conversation::{MAX_TITLE, title_of};
use berth_domain::dispatch::{Refused, check_content};
use berth_domain::run::{MAX_RESULT, Outcome, Reason, RunState, cut};
use proptest::prelude::*;

/// Text with what goes wrong: several bytes a character, joined emoji, line ends of every kind, control characters.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-z ]{0,12}",
        "[가-힣]{0,12}",
        Just("👩‍👩‍👧".to_owned()),
        Just("\r\n".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("\0".to_owned()),
        Just(" \t ".to_owned()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn cutting_keeps_the_longest_beginning_that_fits(text in text(), max in 0_usize..80) {
        let short = cut(text.clone(), max);
        prop_assert!(short.len() <= max);
        prop_assert!(text.starts_with(&short));
        let next = text[short.len()..].chars().next();
        prop_assert!(next.is_none_or(|next| short.len() + next.len_utf8() > max));
        prop_assert_eq!(cut(short.clone(), max), short);
    }

    #[test]
    fn a_title_is_one_short_line_of_the_text(text in text()) {
        let title = title_of(&text);
        prop_assert!(title.chars().count() <= MAX_TITLE + 1);
        prop_assert!(!title.contains('\n'));
        prop_assert_eq!(title.is_empty(), text.trim().is_empty());
        let kept = title.strip_suffix('…').filter(|_| title.chars().count() > MAX_TITLE);
        prop_assert!(text.contains(kept.unwrap_or(&title)));
    }

    #[test]
    fn a_message_is_refused_for_being_empty_or_for_a_nul(text in text()) {
        match check_content(&text) {
            Ok(()) => prop_assert!(!text.trim().is_empty() && !text.contains('\0')),
            Err(Refused::Empty) => prop_assert!(text.trim().is_empty()),
            Err(Refused::Nul) => prop_assert!(text.contains('\0')),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn an_outcome_is_final_and_bounded(
        state in prop::sample::select(RunState::ALL),
        reason in prop::sample::select(Reason::ALL),
        text in text(),
    ) {
        let outcome = Outcome::new(state, reason, Some(text.repeat(2_000)));
        prop_assert!(outcome.state.is_final());
        prop_assert!(outcome.result.is_some_and(|result| result.len() <= MAX_RESULT));
    }
}
