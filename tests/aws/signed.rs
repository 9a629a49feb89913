//! A company's proxy that signs for AWS: its certificate is trusted where the AWS CLI would trust it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::account::{Account, KEY_ID, SECRET_KEY, allow};
use super::moto;
use super::program::Program;

/// Makes an authority and a certificate of it, writes the authority's certificate and key to the folder, and passes what
/// comes through TLS on to moto. It ends with its standard input.
const SERVE: &str = r#"
import datetime, ipaddress, os, socket, ssl, sys, threading
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
moto, folder = int(sys.argv[1]), sys.argv[2]
now = datetime.datetime.now(datetime.timezone.utc)
def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
def write(file, data):
    with open(os.path.join(folder, file), "wb") as out:
        out.write(data)
def certificate(subject, key, signer, extension):
    builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("Authority"))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
    signed = builder.add_extension(extension, critical=False).sign(signer, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)
def text(key):
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
write("authority.pem", certificate("Authority", authority, authority, x509.BasicConstraints(True, None)))
write("key.pem", text(own))
alone = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
write("server.pem", certificate("Proxy", own, authority, alone) + text(own))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(folder, "server.pem"))
listener = socket.create_server(("127.0.0.1", 0))
def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def serve(plain):
    try:
        client = context.wrap_socket(plain, server_side=True)
        server = socket.create_connection(("127.0.0.1", moto))
    except OSError:
        return
    threading.Thread(target=copy, args=(client, server), daemon=True).start()
    copy(server, client)
def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
threading.Thread(target=accept, daemon=True).start()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
os._exit(0)
"#;

/// A proxy that signs; it ends with its value.
struct Proxy {
    url: String,
    folder: tempfile::TempDir,
    _child: Child,
    _lifeline: ChildStdin,
}

impl Proxy {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let moto = moto::url().rsplit(':').next().unwrap();
        let mut serve = Command::new(moto::python());
        serve.args(["-c", SERVE, moto]).arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = serve.spawn().unwrap();
        let lifeline = child.stdin.take().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port: u16 = port.trim().parse().expect("the proxy did not start");
        Self { url: format!("https://127.0.0.1:{port}"), folder, _child: child, _lifeline: lifeline }
    }

    /// The path of one of its files.
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file beside them.
    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn program(&self) -> Program {
        Program::new(&self.url).env("AWS_MAX_ATTEMPTS", "1")
    }
}

const OF_NOTHING: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

#[test]
fn its_certificate_is_trusted_where_the_environment_or_the_profile_names_it() {
    Account::new().bounded_role("SignedRole", &allow(&["s3:*"]), &allow(&["s3:*"]));
    let proxy = Proxy::new();
    let ask = |program: Program| program.ask(["--role", "SignedRole"], "s3:GetObject");
    let outcome = ask(proxy.program());
    let line = outcome.not_asked();
    assert!(line.contains("UnknownIssuer") && line.contains("AWS_CA_BUNDLE"), "{line}");

    let authority = proxy.path("authority.pem");
    ask(proxy.program().env("AWS_CA_BUNDLE", &authority)).result(0).verdict("allowed").unread(&[]);
    let of_profile = |path: &str| proxy.program().file(".aws/config", &format!("[default]\nca_bundle = {path}\n"));
    ask(of_profile(&authority)).result(0);
    ask(of_profile("/nonexistent.pem").env("AWS_CA_BUNDLE", &authority)).result(0);
    // Bundles hold more than anybody can read.
    let text = std::fs::read_to_string(&authority).unwrap();
    let many = proxy.file("many.pem", &format!("# Ours\n{OF_NOTHING}{text}{OF_NOTHING}"));
    ask(proxy.program().env("AWS_CA_BUNDLE", &many)).result(0);

    // The way to credentials leads through the proxy, too.
    let chain = format!(
        "[profile base]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n[profile chain]\nrole_arn = \
         arn:aws:iam::123456789012:role/SignedRole\nsource_profile = base\nregion = eu-west-1\nca_bundle = {authority}\n"
    );
    let program = Program::bare(&proxy.url).env("AWS_ENDPOINT_URL", &proxy.url).file(".aws/config", &chain);
    ask(program.env("AWS_PROFILE", "chain")).result(0);
}

#[test]
fn another_authority_is_not_trusted() {
    let (proxy, other) = (Proxy::new(), Proxy::new());
    let program = proxy.program().env("AWS_CA_BUNDLE", &other.path("authority.pem"));
    let outcome = program.ask(["--role", "SignedRole"], "s3:GetObject");
    assert!(outcome.not_asked().contains("invalid peer certificate"), "{outcome:?}");
}

#[test]
fn a_bundle_that_cannot_be_used_is_named() {
    let proxy = Proxy::new();
    let whole = std::fs::read_to_string(proxy.path("authority.pem")).unwrap();
    let cut = whole.trim_end().rsplit_once('\n').unwrap().0;
    for (path, why) in [
        ("/nonexistent/ca.pem".to_owned(), "no such file"),
        (proxy.path(""), "it is a folder"),
        (proxy.file("empty.pem", ""), "it holds no certificate"),
        (proxy.path("key.pem"), "it holds no certificate"),
        (proxy.file("cut.pem", cut), "cut short"),
        (proxy.file("letters.pem", &OF_NOTHING.replace("MAA=", "%%%%")), "no Base64"),
        (proxy.file("nothing.pem", OF_NOTHING), "no certificate in it can be understood"),
    ] {
        let of_environment = proxy.program().env("AWS_CA_BUNDLE", &path);
        let of_profile = proxy.program().file(".aws/config", &format!("[default]\nca_bundle = {path}\n"));
        for (program, name) in [(of_environment, "AWS_CA_BUNDLE"), (of_profile, "`ca_bundle` of the AWS profile")] {
            let outcome = program.ask(["--role", "Any"], "s3:GetObject");
            let line = outcome.not_asked();
            assert!(line.starts_with(&format!("error: {name} is `{path}`: ")) && line.contains(why), "{line}");
        }
    }
}
