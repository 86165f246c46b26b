//! Rights given up once the interfaces are open, before any thread starts and any byte of traffic is read.
//!
//! In: the name of a user. Out: nothing, or the step that failed. The calls change the calling thread only, so that the
//! process must have no other one; what starts later inherits.

use std::fs;

use rustix::process::{DumpableBehavior, Resource, Rlimit, getgroups, set_dumpable_behavior, setrlimit};
use rustix::thread::{
    CapabilitySet, capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
    set_thread_uid,
};
use rustix::thread::{Gid, Uid};

use crate::fault::Fault;
use crate::screens::text;

/// Where local users are listed.
const PASSWD: &str = "/etc/passwd";

/// A user and its group, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// A user of `/etc/passwd`, or `UID:GID`.
    pub(crate) fn named(name: &str) -> Result<Self, Fault> {
        let passwd = fs::read_to_string(PASSWD).unwrap_or_default();
        Self::of(name, &passwd).ok_or_else(|| {
            Fault::new("E104", format!("no user \"{}\" to go on as", text::inert(name)))
                .why(format!("{PASSWD} does not list it, or it is root"))
                .cure("sudo useradd --system apitap   (or give numbers: --user UID:GID)")
        })
    }

    /// `None` for an unknown user, and for root: nothing would be given up.
    fn of(name: &str, passwd: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok().filter(|&n: &u32| n != u32::MAX);
        let listed = passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (known, uid, gid) = (fields.next()?, fields.nth(1)?, fields.next()?);
            (known == name).then_some((uid, gid))
        });
        let (uid, gid) = listed.or_else(|| name.split_once(':'))?;
        Some(Self { uid: number(uid)?, gid: number(gid)? }).filter(|user| user.uid != 0 && user.gid != 0)
    }

    /// Becomes this user for good: no groups, no capabilities, no way back.
    pub(crate) fn become_it(self) -> Result<(), Fault> {
        let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        if threads != 1 {
            return Err(refused("rights are given up too late", &format!("{threads} threads run already")));
        }
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        step("the groups cannot be left", set_thread_groups(&[]))?;
        step("the group cannot be changed", set_thread_res_gid(gid, gid, gid))?;
        step("the user cannot be changed", set_thread_res_uid(uid, uid, uid))?;
        let held = step("the capabilities cannot be read", capabilities(None))?;
        let groups = step("the groups cannot be read", getgroups())?;
        let left = held.effective | held.permitted | held.inheritable;
        if left != CapabilitySet::empty() || groups.iter().any(|group| *group != gid) {
            return Err(refused("rights were not given up", "capabilities or groups are left"));
        }
        if set_thread_uid(Uid::ROOT).is_ok() {
            return Err(refused("rights were not given up", "root can be had again"));
        }
        Ok(())
    }
}

/// What every live run gives up: memory in core dumps and to debuggers of the same user, and rights by executing.
pub(crate) fn harden() -> Result<(), Fault> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    step("core dumps cannot be turned off", setrlimit(Resource::Core, none))?;
    step("the process cannot be made undumpable", set_dumpable_behavior(DumpableBehavior::NotDumpable))?;
    step("new privileges cannot be refused", set_no_new_privs(true))
}

fn step<T>(what: &str, done: rustix::io::Result<T>) -> Result<T, Fault> {
    done.map_err(|errno| refused(what, &std::io::Error::from(errno).to_string()))
}

fn refused(what: &str, why: &str) -> Fault {
    Fault::new("E104", what).why(why).cure("apitap run without --user   (as a user with CAP_NET_RAW only)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\napitap:x:990:991::/var/lib/apitap:/usr/sbin/nologin\nbad:x:a:b\n";
        for (name, expected) in [
            ("apitap", Some((990, 991))),
            ("1000:1001", Some((1000, 1001))),
            ("root", None),
            ("0:0", None),
            ("1:0", None),
            ("4294967295:7", None),
            ("bad", None),
            ("api", None),
            ("", None),
        ] {
            assert_eq!(User::of(name, passwd).map(|user| (user.uid, user.gid)), expected, "{name}");
        }
    }
}
