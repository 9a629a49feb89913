//! Who printed an error: the CLI, an SDK, a deployment tool.

use super::words::Text;
use super::wrapping::{Around, Found};

/// The client of one error. What surrounds the SDK's own words counts first: Terraform before the Go SDK in it.
pub(super) fn of(text: &Text, around: Around, found: &Found, drawn: Option<&'static str>) -> Option<&'static str> {
    /// How many of these deploy with an SDK inside.
    const TOOLS: usize = 5;
    const MARKS: [(&str, &[&str]); 24] = [
        ("terraform", &["terraform", ".tf line", "provider \"aws\"", "\" {\n", "tofu", "aws_instance.", "aws_iam_"]),
        ("pulumi", &["pulumi"]),
        ("serverless", &["serverless error", "serverlesserror", "sls_debug"]),
        ("sam", &["sam deploy", "sam-cli", "samcli", "resourcestatusreason  "]),
        ("cdk", &["cdk deploy", "aws-cdk", "cdk bootstrap"]),
        (
            "cloudformation",
            &["resource handler returned", "handlererrorcode", "_failed ", "_failed\"", "api: ", "rollback_"],
        ),
        (
            "kubernetes",
            &[
                "failed deploy model",
                "karpenter",
                "controller-runtime",
                "reconciler error",
                "faileddeploymodel",
                "kube-system",
                "external-dns",
                "storageclass",
                "level=error msg=",
            ],
        ),
        (
            "docker",
            &[
                " denied: user",
                "\ndenied: user",
                "docker pull",
                "docker push",
                "the push refers",
                "layer already exists",
            ],
        ),
        ("cloudtrail", &["\"eventsource\"", "\"eventname\"", "\"eventversion\"", "vpceaccessdenied"]),
        (
            "github-actions",
            &[
                "##[error]",
                "could not assume role with oidc",
                "configure-aws-credentials",
                "github action",
                "githubactions_aws",
            ],
        ),
        ("java-sdk-v2", &["software.amazon.awssdk", "(sdk attempt count", ", status code: "]),
        ("java-sdk-v1", &["com.amazonaws.services", "; status code: ", "com.amazonaws."]),
        ("go-sdk-v2", &["operation error ", "https response error", "api error ", "smithy."]),
        ("boto3", &["botocore.", "traceback (most recent", "boto3", "clienterror"]),
        ("php", &["error executing \"", "(client): ", "aws\\"]),
        ("ruby", &["aws::", "::errors::"]),
        (
            "js-sdk",
            &[
                "@aws-sdk",
                "de_accessdenied",
                "$metadata",
                "$fault",
                "aws-sdk/lib",
                "(node_modules",
                "at request.extracterror",
            ],
        ),
        ("dotnet", &["amazon.runtime", "amazon.s3.", "exception ---> ", "httperrorresponseexception"]),
        ("rust", &["unhandled error (", "service error: ", "serviceerror(", "aws_sdk_"]),
        ("cpp", &["encountered awserror", "exception name: "]),
        (
            "aws-cli",
            &["aws: [error]:", "an error occurred (", "a client error (", "fatal error: ", "upload failed: ", "awscli"],
        ),
        ("go-sdk-v1", &["status code: 4", "respmetadata"]),
        ("s3-xml", &["<hostid>", "<error><code>", "<error>\n<code>"]),
        ("console", &["on resource(s)", "instance launch failed"]),
    ];
    let near = (text.floor(around.head.1.saturating_sub(3_000)), text.floor(around.tail.0 + 1_500).min(text.len()));
    let label = text.floor(around.head.1 + "user:".len()).min(near.1);
    let own = (near.0.max(around.head.0), near.1.min(around.tail.1));
    let has = |mark: &&str| text.find(mark, own.0, label).is_some() || text.find(mark, around.tail.0, own.1).is_some();
    // A tool's own lines may stand apart from the SDK's words that it prints.
    let beside =
        |mark: &&str| text.find(mark, near.0, label).is_some() || text.find(mark, around.tail.0, near.1).is_some();
    let find = |marks: &[(&'static str, &[&str])], has: &dyn Fn(&&str) -> bool| {
        marks.iter().find(|(_, marks)| marks.iter().any(has)).map(|(client, _)| *client)
    };
    let marked = match find(&MARKS, &has) {
        Some(sdk @ ("go-sdk-v1" | "go-sdk-v2")) => {
            drawn.or_else(|| find(MARKS.get(..TOOLS).unwrap_or_default(), &beside)).or(Some(sdk))
        }
        Some("cloudformation") if drawn == Some("cdk") => drawn,
        None if text.lower(own.0, label).starts_with("denied: user") => Some("docker"),
        marked => marked,
    };
    let powershell = || {
        ["get-", "set-", "new-", "write-", "remove-"].iter().any(|verb| {
            text.lower(around.head.0, around.head.1).trim_start().starts_with(verb) && found.operation.is_none()
        })
    };
    let json = || has(&"{\"message\"") || has(&"\"__type\"") || has(&"\"message\":");
    marked.or_else(|| powershell().then_some("powershell")).or_else(|| json().then_some("json"))
}

/// What a tool's drawing tells, which the text without gutters lacks.
pub(super) fn drawn(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(&str, &str); 4] =
        [("╷", "terraform"), ("│ Error:", "terraform"), ("\u{2502}\u{1b}[0m", "terraform"), ("❌", "cdk")];
    MARKS.iter().find(|(mark, _)| memchr::memmem::find(bytes, mark.as_bytes()).is_some()).map(|(_, client)| *client)
}
