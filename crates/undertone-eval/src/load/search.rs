//! Search for the greatest number of calls.

/// Doubles from `first` until `held` returns false twice, then bisects until the gap is at
/// most a twentieth. Returns the greatest number that was held; 0 if not even one was.
///
/// # Errors
/// Whatever `held` fails with.
pub fn greatest<E>(
    first: usize,
    mut held: impl FnMut(usize) -> Result<bool, E>,
) -> Result<usize, E> {
    let (mut good, mut bad) = (0, None);
    let mut calls = first.max(1);
    loop {
        // While it doubles, a machine that stalls for a moment must not end the search far
        // below what it holds: the first no is asked for twice.
        if held(calls)? || (bad.is_none() && held(calls)?) {
            good = calls;
        } else {
            bad = Some(calls);
        }
        calls = match bad {
            None => calls.saturating_mul(2),
            Some(bad) if bad - good <= (good / 20).max(1) => return Ok(good),
            Some(bad) => good.midpoint(bad),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_the_limit_to_a_twentieth(limit in 0_usize..5_000, first in 0_usize..200) {
            let mut trials = 0;
            let found = greatest(first, |calls| {
                trials += 1;
                Ok::<_, ()>(calls <= limit)
            });
            let Ok(found) = found else { return Err(TestCaseError::fail("cannot fail")) };
            prop_assert!(found <= limit);
            prop_assert!(limit - found <= (limit / 20).max(1), "{found} of {limit}");
            prop_assert!(trials < 30);
        }
    }

    #[test]
    fn one_stall_while_doubling_does_not_end_the_search() {
        let mut stalls = 1;
        let found = greatest(4, |calls| {
            let stalled = calls == 16 && stalls > 0;
            stalls -= u32::from(stalled);
            Ok::<_, ()>(calls <= 100 && !stalled)
        });
        assert!(found.is_ok_and(|found| (95..=100).contains(&found)), "{found:?}");
    }

    #[test]
    fn an_error_ends_the_search() {
        assert_eq!(greatest(4, |_| Err("broken")), Err("broken"));
    }
}
