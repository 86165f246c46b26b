//! What outlives a process: the state database, the findings log, and readers of both.
