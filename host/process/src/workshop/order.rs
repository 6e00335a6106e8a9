//! A piece of work, as the foreman and the worker are told of it: in a message, and as
//! the worker's last two arguments.

use super::limits::WorkLimits;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

/// What is to be done, and how far it may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    /// What to do, in words that the worker's program knows.
    pub(super) job: String,
    pub(super) limits: WorkLimits,
}

impl Order {
    pub(super) fn encode(&self) -> String {
        format!("{}\n{}", limits_text(&self.limits), self.job)
    }

    /// Undoes [`Order::encode`]. None for what it didn't make.
    pub(super) fn decode(message: &[u8]) -> Option<Self> {
        let (limits, job) = std::str::from_utf8(message).ok()?.split_once('\n')?;
        Some(Self {
            limits: limits_of(limits)?,
            job: job.to_owned(),
        })
    }

    /// A command with this after it.
    pub(super) fn after(&self, command: &[OsString]) -> Vec<OsString> {
        let own = [limits_text(&self.limits), self.job.clone()];
        let own = own.into_iter().map(OsString::from);
        command.iter().cloned().chain(own).collect()
    }

    /// Of a worker's arguments. None: it is no worker.
    pub(super) fn of_arguments(arguments: &[OsString]) -> Option<Self> {
        let [.., limits, job] = arguments else {
            return None;
        };
        Some(Self {
            limits: limits.to_str().and_then(limits_of)?,
            job: OsStr::to_str(job)?.to_owned(),
        })
    }
}

fn limits_text(limits: &WorkLimits) -> String {
    let milliseconds = limits.time.as_millis();
    format!("{},{milliseconds},{}", limits.memory, limits.result)
}

fn limits_of(text: &str) -> Option<WorkLimits> {
    let mut numbers = text.split(',').map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let limits = WorkLimits {
        memory: next()?,
        time: Duration::from_millis(next()?),
        result: next()?,
    };
    numbers.next().is_none().then_some(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_survive_the_way() {
        let limits = WorkLimits {
            memory: 7,
            time: Duration::from_millis(8),
            result: 9,
        };
        for job in ["compile this", "", "two\nlines"] {
            let job = job.to_owned();
            let order = Order { job, limits };
            assert_eq!(
                Order::decode(order.encode().as_bytes()),
                Some(order.clone())
            );
            let command = order.after(&["program".into()]);
            assert_eq!(command.len(), 3);
            assert_eq!(Order::of_arguments(&command), Some(order));
        }
        for wrong in ["", "1,2,3", "1,2\njob", "1,2,3,4\njob", "1,x,3\njob"] {
            assert_eq!(Order::decode(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(Order::of_arguments(&["program".into()]), None);
        assert_eq!(Order::of_arguments(&["a".into(), "b".into()]), None);
    }
}
