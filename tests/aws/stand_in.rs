//! A server between the program and moto: passes on, records, and fails on demand.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What the program gets instead of moto's reply.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// An error as IAM sends it: HTTP status, error code.
    Error(u16, &'static str),
    /// An error page that is not IAM's: a proxy or load balancer.
    Page(u16),
    /// Moto's reply without its last bytes.
    CutShort,
    /// Moto's reply up to this text, with a length that fits what is left.
    EndsBefore(&'static str),
    /// Moto's reply with another text in the place of the first.
    Other(&'static str, &'static str),
    /// A reply that is no XML.
    Garbage,
    /// A refusal that repeats the whole request with its headers, the session token among them.
    Echo,
    /// AWS's refusal of a request, in these words.
    Denied(&'static str),
    /// The connection stays open and nothing comes.
    Silence,
}

/// A fault for some requests.
struct Rule {
    /// The operation, or `*` for all.
    action: &'static str,
    /// What one field of the request's form must hold, as `Name=value`, not encoded.
    holds: String,
    times: usize,
    fault: Fault,
}

#[derive(Default)]
struct Settings {
    rules: Vec<Rule>,
    page_size: Option<usize>,
    user_boundary: Option<String>,
    boundary_count: Option<usize>,
    /// Replies are held until no request has come for so long; then all are let go.
    rounds_of: Option<Duration>,
}

#[derive(Default)]
struct Record {
    actions: Vec<String>,
    key_ids: Vec<String>,
    last_arrival: Option<Instant>,
    /// The actions of each round, where replies are held.
    rounds: Vec<Vec<String>>,
    round: Vec<String>,
}

struct Shared {
    moto: String,
    settings: Mutex<Settings>,
    record: Mutex<Record>,
    round_over: Condvar,
    closed: AtomicBool,
}

/// A stand-in on a port of its own; it ends with its value.
pub(crate) struct StandIn {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

impl StandIn {
    /// One that passes everything on to moto.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            moto: super::moto::url().trim_start_matches("http://").to_owned(),
            settings: Mutex::default(),
            record: Mutex::default(),
            round_over: Condvar::new(),
            closed: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming() {
                if serving.closed.load(Ordering::SeqCst) {
                    break;
                }
                let serving = Arc::clone(&serving);
                // A client that went away is no failure of the stand-in.
                thread::spawn(move || connection.and_then(|connection| serving.serve(connection)));
            }
        });
        Self { url, shared }
    }

    /// Every request for `action` (`*`: any) meets `fault`.
    #[must_use]
    pub(crate) fn on(self, action: &'static str, fault: Fault) -> Self {
        self.on_some(action, "", usize::MAX, fault)
    }

    /// Requests for `action` whose form holds `holds` meet `fault`, the first `times` of them.
    #[must_use]
    pub(crate) fn on_some(self, action: &'static str, holds: &str, times: usize, fault: Fault) -> Self {
        self.shared.settings.lock().unwrap().rules.push(Rule { action, holds: holds.to_owned(), times, fault });
        self
    }

    /// Pages of lists hold `size` entries, whatever the program asks for.
    #[must_use]
    pub(crate) fn pages_of(self, size: usize) -> Self {
        self.shared.settings.lock().unwrap().page_size = Some(size);
        self
    }

    /// Users have `arn` as their boundary, which moto cannot store, until they are given another.
    #[must_use]
    pub(crate) fn user_boundary(self, arn: &str) -> Self {
        self.shared.settings.lock().unwrap().user_boundary = Some(arn.to_owned());
        self
    }

    /// `GetPolicy` says that the policy is the boundary of so many principals, which moto does not count.
    #[must_use]
    pub(crate) fn boundary_count(self, count: usize) -> Self {
        self.shared.settings.lock().unwrap().boundary_count = Some(count);
        self
    }

    /// Holds all replies until no request has come for half a second, then sends them together: what the program sends
    /// at the same time is one round.
    #[must_use]
    pub(crate) fn in_rounds(self) -> Self {
        self.shared.settings.lock().unwrap().rounds_of = Some(Duration::from_millis(500));
        self
    }

    /// The operations asked for, in order of arrival.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.shared.record.lock().unwrap().actions.clone()
    }

    /// The access keys that signed the requests.
    pub(crate) fn key_ids(&self) -> Vec<String> {
        self.shared.record.lock().unwrap().key_ids.clone()
    }

    /// The operations asked for, round by round, each round sorted.
    pub(crate) fn rounds(&self) -> Vec<Vec<String>> {
        self.shared.record.lock().unwrap().rounds.clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect(self.url.trim_start_matches("http://")));
    }
}

/// One HTTP request, as far as AWS's query protocol needs it.
struct Request {
    head: Vec<String>,
    form: String,
}

impl Request {
    /// `None` at the end of the connection.
    fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let length = head.iter().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let mut form = vec![0; length.unwrap_or_default()];
        reader.read_exact(&mut form)?;
        Ok(Some(Self { head, form: String::from_utf8_lossy(&form).into_owned() }))
    }

    /// From the header `Authorization: AWS4-HMAC-SHA256 Credential=KEY/DATE/…`.
    fn key_id(&self) -> Option<String> {
        let signed = self.head.iter().find_map(|line| line.split_once("Credential="))?.1;
        signed.split('/').next().map(str::to_owned)
    }

    /// The operation of AWS's JSON protocol, from the header `X-Amz-Target: CloudTrail_20131101.LookupEvents`.
    fn target(&self) -> Option<String> {
        let is_target = |line: &&String| line.to_ascii_lowercase().starts_with("x-amz-target:");
        let line = self.head.iter().find(is_target)?;
        line.rsplit('.').next().map(|name| name.trim().to_owned())
    }

    fn fields(&self) -> HashMap<String, String> {
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pairs = self.form.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (decode(name), decode(value))).collect()
    }

    /// Sends it to moto and reads the whole reply.
    fn pass_on(&self, moto: &str) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(moto)?;
        for line in &self.head {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if name != "content-length" && name != "connection" {
                write!(stream, "{line}\r\n")?;
            }
        }
        write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n{}", self.form.len(), self.form)?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply)?;
        Ok(reply)
    }
}

impl Shared {
    /// Answers one request and closes the connection.
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let Some(mut request) = Request::read(&stream)? else { return Ok(()) };
        let fields = request.fields();
        let action = fields.get("Action").cloned().or_else(|| request.target()).unwrap_or_default();
        let mut record = self.record.lock().unwrap();
        record.actions.push(action.clone());
        record.key_ids.extend(request.key_id());
        drop(record);
        let page_size = self.settings.lock().unwrap().page_size;
        if let Some(size) = page_size {
            request.form = request.form.replace("MaxItems=1000", &format!("MaxItems={size}"));
        }
        if page_size.is_some() && action == WHOLE_ACCOUNT {
            let kind = WHOLE_ACCOUNT_PAGES[page_of_account(&fields)];
            request.form += &format!("&Filter.member.1={kind}");
        }
        self.wait_for_round(&action);
        let reply = match self.fault(&action, &fields) {
            None if action == SWITCH => self.switched(&fields),
            None => self.completed(&action, &fields, request.pass_on(&self.moto)?),
            Some(Fault::Error(status, code)) => error_reply(status, code, "As the test wants it"),
            Some(Fault::Denied(sentence)) => error_reply(403, "AccessDenied", sentence),
            Some(Fault::Echo) => error_reply(403, "SignatureDoesNotMatch", &request.head.join("&#10;")),
            Some(Fault::Page(status)) => reply(status, "text/html", "<html><body>Sorry</body></html>"),
            Some(Fault::Garbage) => reply(200, "text/xml", "<GetRoleResponse><GetRole"),
            Some(Fault::CutShort) => {
                let mut whole = request.pass_on(&self.moto)?;
                whole.truncate(whole.len() - 40);
                whole
            }
            Some(Fault::EndsBefore(text)) => edited(&request.pass_on(&self.moto)?, |body| {
                body.split_once(text).unwrap_or_else(|| panic!("no {text} in {body}")).0.to_owned()
            }),
            Some(Fault::Other(from, to)) => edited(&request.pass_on(&self.moto)?, |body| body.replace(from, to)),
            Some(Fault::Silence) => {
                while !self.closed.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(50));
                }
                return Ok(());
            }
        };
        stream.write_all(&reply)
    }

    /// What moto cannot store is kept here.
    fn switched(&self, fields: &HashMap<String, String>) -> Vec<u8> {
        self.settings.lock().unwrap().user_boundary = fields.get("PermissionsBoundary").cloned();
        reply(200, "text/xml", &format!("<{SWITCH}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"/>"))
    }

    /// Moto's reply with what moto lacks: pages of inline policies, boundaries of users.
    fn completed(&self, action: &str, fields: &HashMap<String, String>, reply: Vec<u8>) -> Vec<u8> {
        let settings = self.settings.lock().unwrap();
        if let ("GetPolicy", Some(count)) = (action, settings.boundary_count) {
            let told = format!("<PermissionsBoundaryUsageCount>{count}</PermissionsBoundaryUsageCount></Policy>");
            return edited(&reply, |body| body.replace("</Policy>", &told));
        }
        match (action, settings.page_size, &settings.user_boundary) {
            ("ListRolePolicies" | "ListUserPolicies" | "ListGroupPolicies", Some(size), _) => {
                let start = fields.get("Marker").map_or(0, |marker| marker.parse().unwrap());
                edited(&reply, |body| page_of_names(body, start, size))
            }
            ("GetUser", _, Some(arn)) => edited(&reply, |body| {
                let boundary = format!(
                    "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
                     <PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn></PermissionsBoundary></User>"
                );
                body.replace("</User>", &boundary)
            }),
            (WHOLE_ACCOUNT, Some(_), _) => {
                let next = page_of_account(fields) + 1;
                let more = format!("<IsTruncated>true</IsTruncated><Marker>{next}</Marker>");
                let is_last = next == WHOLE_ACCOUNT_PAGES.len();
                let truncated = "<IsTruncated>false</IsTruncated>";
                edited(&reply, |body| {
                    assert!(body.contains(truncated), "moto has another form");
                    if is_last { body.to_owned() } else { body.replace(truncated, &more) }
                })
            }
            _ => reply,
        }
    }

    fn fault(&self, action: &str, fields: &HashMap<String, String>) -> Option<Fault> {
        let mut settings = self.settings.lock().unwrap();
        let rule = settings.rules.iter_mut().find(|rule| {
            let named = rule.action == "*" || rule.action == action;
            let mut fields = fields.iter().map(|(name, value)| format!("{name}={value}"));
            named && rule.times > 0 && (rule.holds.is_empty() || fields.any(|field| field.contains(&rule.holds)))
        })?;
        rule.times -= 1;
        Some(rule.fault)
    }

    fn wait_for_round(&self, action: &str) {
        let Some(quiet) = self.settings.lock().unwrap().rounds_of else { return };
        let mut record = self.record.lock().unwrap();
        record.round.push(action.to_owned());
        record.last_arrival = Some(Instant::now());
        let round = record.rounds.len();
        // The first to see the quiet ends the round for all.
        while record.rounds.len() == round {
            let since = record.last_arrival.map_or(Duration::ZERO, |arrival| arrival.elapsed());
            if since >= quiet {
                let mut actions = std::mem::take(&mut record.round);
                actions.sort_unstable();
                record.rounds.push(actions);
                self.round_over.notify_all();
            } else {
                record = self.round_over.wait_timeout(record, quiet - since).unwrap().0;
            }
        }
    }
}

/// Moto has no such operation.
const SWITCH: &str = "PutUserPermissionsBoundary";

/// Moto has no pages of it: each kind of thing becomes one.
const WHOLE_ACCOUNT: &str = "GetAccountAuthorizationDetails";
const WHOLE_ACCOUNT_PAGES: [&str; 4] = ["Role", "User", "Group", "LocalManagedPolicy"];

fn page_of_account(fields: &HashMap<String, String>) -> usize {
    fields.get("Marker").map_or(0, |marker| marker.parse().unwrap())
}

/// A reply of moto with another body.
fn edited(whole: &[u8], edit: impl FnOnce(&str) -> String) -> Vec<u8> {
    let text = String::from_utf8_lossy(whole);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    reply(200, "text/xml", &edit(body))
}

/// `size` of the policy names in `body` from `start` on, with a marker where more follow.
fn page_of_names(body: &str, start: usize, size: usize) -> String {
    let names: Vec<_> = body.split("<member>").skip(1).filter_map(|rest| rest.split("</member>").next()).collect();
    let end = (start + size).min(names.len());
    let page: String = names[start..end].iter().map(|name| format!("<member>{name}</member>")).collect();
    let more = end < names.len();
    let marker = if more { format!("<Marker>{end}</Marker>") } else { String::new() };
    let result = ["ListRolePolicies", "ListUserPolicies", "ListGroupPolicies"]
        .into_iter()
        .find(|name| body.contains(name))
        .unwrap();
    format!(
        "<{result}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{result}Result><PolicyNames>{page}</PolicyNames>\
         <IsTruncated>{more}</IsTruncated>{marker}</{result}Result></{result}Response>"
    )
}

fn error_reply(status: u16, code: &str, message: &str) -> Vec<u8> {
    let sender = if status < 500 { "Sender" } else { "Receiver" };
    let body = format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>{sender}</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    );
    reply(status, "text/xml", &body)
}

fn reply(status: u16, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Stand-in\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}
