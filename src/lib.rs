//! s3-edge-gateway
#[cfg(target_arch = "wasm32")]
#[worker::event(fetch)]
async fn fetch(_r: worker::Request, _e: worker::Env, _c: worker::Context) -> worker::Result<worker::Response> { worker::Response::ok("hello") }
