//! What is counted one by one.

/// Something that a worker counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    ConnectionAccepted,
    ConnectionEnded,
    /// A request was given a place among the instances.
    InstanceTaken,
    InstanceLeft,
    InstanceMade,
    /// One that was put back as it was when it was made was taken again.
    InstanceRenewed,
    /// A request found no place among the instances, and waits.
    WaitBegan,
    WaitEnded,
    ScriptStarted,
    ScriptEnded,
    BytesReceived,
    BytesSent,
    /// A line that a handler or a script wrote had no room in the log.
    LogLineDropped,
    /// A connection was asked to give way for another one.
    MadeRoomForConnection,
    /// The same, for an instance.
    MadeRoomForInstance,
    /// The same, for memory.
    MadeRoomForMemory,
    /// A client had as many connections as it may.
    ConnectionRefused,
    WaitedTooLong,
    ComputedTooLong,
    NoProgress,
    NoMemory,
}

impl Event {
    /// How many there are.
    pub(super) const COUNT: usize = Self::NoMemory as usize + 1;
}
