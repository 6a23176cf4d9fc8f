//! One named test for each case of a table.

/// Makes one test for each case: `MODULE::CHECK::CASE` calls the function `CHECK` with the arguments of the
/// case. Where a case is cheap and its name would say no more than its arguments, a loop with the case in the
/// text of the failure will do.
///
/// ```text
/// for_each_case! { a_duration_out_of_range_is_refused:
///     an_hour_too_much("37h", "--duration is 37h"),
/// }
/// fn a_duration_out_of_range_is_refused(duration: &str, says: &str) { … }
/// ```
macro_rules! for_each_case {
    ($check:ident: $($case:ident($($argument:expr),* $(,)?)),+ $(,)?) => {
        mod $check {
            // The arguments may need what the module has.
            #[allow(unused_imports, clippy::wildcard_imports)]
            use super::*;

            $(
                #[test]
                fn $case() {
                    super::$check($($argument),*);
                }
            )+
        }
    };
}
pub(crate) use for_each_case;
