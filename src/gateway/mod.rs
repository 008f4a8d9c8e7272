//! The gateway: one request, stage by stage, without sockets, clocks and JavaScript.
//!
//! | module | contents |
//! |---|---|
//! | [`serve`] | the driver: the stages in their order |
//! | [`transport`] | the interface to a runtime |
//! | [`deployment`] | an API with its settings |
//! | [`request`], [`authorize`], `upload` | from the client's head to the signed request to the backend |
//! | [`response`] | from the head of the backend's response to the response to the client |
//! | [`conversion`] | conversion between bytes and base64: the tables and the streams |
//! | [`behaviour`], [`limits`], [`http_rules`] | the behaviours `edge` and `aws`, the limits, the lists of headers |
//! | [`rejection`], [`message`], [`access_log`] | rejections, the bodies and the response, the lines of the access log |

pub mod access_log;
pub mod authorize;
pub mod behaviour;
pub mod conversion;
pub mod deployment;
pub mod http_rules;
mod json_body;
pub mod limits;
pub mod message;
mod rare;
pub mod rejection;
pub mod request;
pub mod response;
mod second_attempt;
pub mod serve;
pub mod transport;
mod upload;

pub use self::behaviour::Behaviour;
pub use self::deployment::gateway::Gateway;
pub use self::deployment::settings::Settings;
pub use self::rejection::Rejection;
pub use self::request::inbound::Inbound;
pub use self::transport::Transport;
