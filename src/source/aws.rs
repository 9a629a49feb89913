//! x
/// x
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// x
    #[error("x")]
    X,
}
