//! What an instance holds beyond its own memory: handles to the host's resources.

/// The handles that an instance was given, as far as that tells whether its table
/// of them is as it was when the instance was made.
///
/// The component model numbers handles: the next one has the number that was given
/// back last. So an instance that holds none may still see in which order those
/// before were given back, unless that was the opposite of the one in which it got
/// them. Other orders are thinkable that leave nothing to be seen; none that
/// handlers of files have.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    /// By their numbers on the host's side, oldest first.
    held: Vec<u32>,
    /// Whether something happened that this can't say of.
    disordered: bool,
}

impl Handles {
    /// Notes a handle that the instance is given.
    pub(crate) fn give(&mut self, number: u32) {
        self.held.push(number);
    }

    /// Notes a handle that it has given back.
    pub(crate) fn take_back(&mut self, number: u32) {
        if self.held.pop() != Some(number) {
            self.disordered = true;
        }
    }

    /// Notes a call that may have given handles, or taken them back, without
    /// telling.
    pub(crate) fn lose_track(&mut self) {
        self.disordered = true;
    }

    /// Whether the instance can't tell that it ever had one.
    pub(crate) fn are_as_new(&self) -> bool {
        self.held.is_empty() && !self.disordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(steps: &[(bool, u32)]) -> bool {
        let mut handles = Handles::default();
        for &(given, number) in steps {
            if given {
                handles.give(number);
            } else {
                handles.take_back(number);
            }
        }
        handles.are_as_new()
    }

    #[test]
    fn what_was_given_back_in_the_opposite_order_leaves_nothing() {
        assert!(after(&[]));
        assert!(after(&[(true, 0), (false, 0)]));
        assert!(after(&[
            (true, 0),
            (true, 1),
            (false, 1),
            (true, 1),
            (false, 1),
            (false, 0)
        ]));
    }

    #[test]
    fn what_is_held_or_was_given_back_in_another_order_shows() {
        assert!(!after(&[(true, 0)]));
        assert!(!after(&[(true, 0), (true, 1), (false, 0), (false, 1)]));
        assert!(!after(&[(false, 0)]));
        // Three, of which the order of the first two can't be told any more.
        assert!(!after(&[
            (true, 0),
            (true, 1),
            (false, 0),
            (true, 0),
            (false, 0),
            (false, 1)
        ]));
    }

    #[test]
    fn what_nobody_told_of_shows() {
        let mut handles = Handles::default();
        handles.lose_track();
        assert!(!handles.are_as_new());
    }
}
