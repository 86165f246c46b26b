//! What software asked: a hash of its name, and its family.
//!
//! In: the `User-Agent` field. Kept: what was made of fields lately. Only the hash and a family of a closed set leave.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use model::ClientFamily as F;

use crate::memo::Memo;
use crate::pseudonym::Pseudonyms;
use crate::text::contains;

/// Bytes of a user agent that are looked at.
const AGENT_BYTES: usize = 256;
/// Separate tables, separate hashes.
const AGENT_SEED: u64 = 2;

/// What a user agent says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agent {
    /// Hash of its name without version digits; never 0.
    pub(crate) name: u64,
    pub(crate) family: F,
}

/// Words that stand in the field whatever it begins with, strongest first.
const ANYWHERE: &[(&[u8], F)] = &[
    (b"sqlmap", F::Scanner),
    (b"nikto", F::Scanner),
    (b"nuclei", F::Scanner),
    (b"nmap", F::Scanner),
    (b"masscan", F::Scanner),
    (b"zgrab", F::Scanner),
    (b"wpscan", F::Scanner),
    (b"nessus", F::Scanner),
    (b"openvas", F::Scanner),
    (b"acunetix", F::Scanner),
    (b"censys", F::Scanner),
    (b"shodan", F::Scanner),
    (b"gobuster", F::Scanner),
    (b"feroxbuster", F::Scanner),
    (b"dirbuster", F::Scanner),
    (b"fuzz faster", F::Scanner),
    (b"uptimerobot", F::Monitor),
    (b"pingdom", F::Monitor),
    (b"bot", F::Crawler),
    (b"spider", F::Crawler),
    (b"crawler", F::Crawler),
    (b"facebookexternalhit", F::Crawler),
];

/// Words in the field of software that calls itself `Mozilla`, strongest first.
const BROWSERS: &[(&[u8], F)] = &[
    (b"powershell", F::Dotnet),
    (b"edg/", F::Edge),
    (b"edga/", F::Edge),
    (b"edgios/", F::Edge),
    (b"firefox/", F::Firefox),
    (b"fxios/", F::Firefox),
    (b"chrome/", F::Chrome),
    (b"crios/", F::Chrome),
    (b"chromium/", F::Chrome),
    (b"safari/", F::Safari),
    (b"applewebkit/", F::Safari),
    (b"mozilla/", F::Browser),
];

/// Beginnings of the field.
const FIRST: &[(&[u8], F)] = &[
    (b"curl", F::Curl),
    (b"libcurl", F::Curl),
    (b"wget", F::Wget),
    (b"httpie", F::Httpie),
    (b"xh/", F::Httpie),
    (b"postman", F::ApiTool),
    (b"insomnia", F::ApiTool),
    (b"bruno", F::ApiTool),
    (b"python", F::Python),
    (b"aiohttp", F::Python),
    (b"urllib", F::Python),
    (b"go-http-client", F::Go),
    (b"go-resty", F::Go),
    (b"fasthttp", F::Go),
    (b"java", F::Java),
    (b"apache-httpclient", F::Java),
    (b"apache-httpasyncclient", F::Java),
    (b"reactornetty", F::Java),
    (b"jetty", F::Java),
    (b"ktor", F::Java),
    (b"jersey", F::Java),
    (b"feign", F::Java),
    (b"okhttp", F::OkHttp),
    (b"dalvik", F::Android),
    (b"axios", F::Node),
    (b"node", F::Node),
    (b"undici", F::Node),
    (b"got ", F::Node),
    (b"got/", F::Node),
    (b"superagent", F::Node),
    (b"bun/", F::Node),
    (b"deno/", F::Node),
    (b".net", F::Dotnet),
    (b"dotnet", F::Dotnet),
    (b"restsharp", F::Dotnet),
    (b"microsoft.", F::Dotnet),
    (b"guzzle", F::Php),
    (b"php", F::Php),
    (b"symfony", F::Php),
    (b"ruby", F::Ruby),
    (b"faraday", F::Ruby),
    (b"rest-client", F::Ruby),
    (b"typhoeus", F::Ruby),
    (b"reqwest", F::Rust),
    (b"hyper", F::Rust),
    (b"ureq", F::Rust),
    (b"libwww-perl", F::Perl),
    (b"lwp", F::Perl),
    (b"dart", F::Dart),
    (b"kube-probe", F::Monitor),
    (b"elb-healthchecker", F::Monitor),
    (b"amazon-route53-health", F::Monitor),
    (b"googlehc", F::Monitor),
    (b"prometheus", F::Monitor),
    (b"blackbox", F::Monitor),
    (b"zabbix", F::Monitor),
    (b"datadog", F::Monitor),
    (b"nagios", F::Monitor),
    (b"check_http", F::Monitor),
    (b"consul health", F::Monitor),
    (b"envoy/hc", F::Monitor),
    (b"kubectl", F::Operator),
    (b"kubelet", F::Operator),
    (b"kube-", F::Operator),
    (b"helm", F::Operator),
    (b"terraform", F::Operator),
    (b"docker", F::Operator),
    (b"containerd", F::Operator),
    (b"skopeo", F::Operator),
    (b"aws-cli", F::Operator),
    (b"boto3", F::Python),
    (b"git/", F::Operator),
];

/// What a field says, remembered in `lately`.
pub(crate) fn lately(user_agent: &[u8], names: &Pseudonyms, lately: &mut Memo<Agent>) -> Agent {
    let head = user_agent.get(..AGENT_BYTES).unwrap_or(user_agent);
    let Some(tag) = names.tag(head) else { return read(head) };
    lately.get(tag).unwrap_or_else(|| {
        let made = read(head);
        lately.put(tag, made);
        made
    })
}

fn read(user_agent: &[u8]) -> Agent {
    let head = user_agent.get(..AGENT_BYTES).unwrap_or(user_agent);
    Agent { name: name(head), family: family(head) }
}

fn family(head: &[u8]) -> F {
    if head.is_empty() {
        return F::None;
    }
    let starts = |word: &[u8]| head.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let by = |list: &[(&[u8], F)], is: &dyn Fn(&[u8]) -> bool| list.iter().find(|(w, _)| is(w)).map(|(_, f)| *f);
    let stands = |word: &[u8]| contains(head, word);
    let first = || by(FIRST, &starts);
    let apple = || (stands(b"cfnetwork/") || stands(b"alamofire/")).then_some(F::Apple);
    let browser = || if starts(b"mozilla/") { by(BROWSERS, &stands) } else { None };
    by(ANYWHERE, &stands).or_else(first).or_else(apple).or_else(browser).unwrap_or(F::Other)
}

/// Hash of a user agent without digits and points; never 0.
fn name(head: &[u8]) -> u64 {
    // Browsers all begin with `Mozilla/5.0`; other software names itself first and its libraries after that.
    let name = if head.starts_with(b"Mozilla/") {
        head
    } else {
        head.split(|b| matches!(b, b' ' | b'/' | b'(')).next().unwrap_or_default()
    };
    let mut kept = [0u8; AGENT_BYTES];
    let mut count = 0;
    for byte in name {
        // Written always, and overwritten by the next when it does not count.
        if let Some(slot) = kept.get_mut(count) {
            *slot = *byte;
        }
        count += usize::from(!matches!(byte, b'0'..=b'9' | b'.'));
    }
    let mut hasher = FixedState::with_seed(AGENT_SEED).build_hasher();
    hasher.write(kept.get(..count).unwrap_or_default());
    hasher.finish() | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_client_are_one_client() {
        assert_eq!(name(b"curl/8.5.0"), name(b"curl/7.88.1"));
        assert_eq!(name(b"python-requests/2.31 x"), name(b"python-requests/2.32 y"));
        assert_ne!(name(b"curl/8.5.0"), name(b"Wget/1.2"));
        assert_ne!(name(b"Mozilla/5.0 (X11; Linux) Firefox/128.0"), name(b"Mozilla/5.0 (X11; Linux) Chrome/126.0"));
    }

    #[test]
    fn families_are_told_apart() {
        for (agent, want) in [
            ("", F::None),
            ("curl/8.5.0", F::Curl),
            ("python-requests/2.31", F::Python),
            ("Go-http-client/1.1", F::Go),
            ("okhttp/4.12.0", F::OkHttp),
            ("kube-probe/1.29", F::Monitor),
            ("kubectl/v1.29 (linux/amd64)", F::Operator),
            ("MyShop/7.1 CFNetwork/1490.0.4 Darwin/23.2.0", F::Apple),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", F::Chrome),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", F::Edge),
            ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15", F::Safari),
            ("Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox/128.0", F::Firefox),
            ("Mozilla/5.0 (compatible; Googlebot/2.1)", F::Crawler),
            ("Mozilla/5.00 (Nikto/2.5.0)", F::Scanner),
            ("sqlmap/1.8#stable", F::Scanner),
            ("shop-worker/12", F::Other),
        ] {
            assert_eq!(family(agent.as_bytes()), want, "{agent}");
        }
    }
}
