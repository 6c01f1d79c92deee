//! What an actix-web application takes to answer as many bytes, with no device behind it.

use std::net::{Ipv4Addr, SocketAddr};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::Outcome;

/// A device's info document has some 4 kB.
const BODY_BYTES: usize = 4_000;

/// Starts it, on one thread: where it is, and what ends it.
pub(crate) fn start() -> Outcome<(SocketAddr, ServerHandle)> {
    let body = web::Bytes::from(format!(r#"{{"text":"{}"}}"#, "x".repeat(BODY_BYTES - 11)));
    let app = move || {
        let body = body.clone();
        let answer = move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type("application/json").body(body) }
        };
        App::new().route("/api/system/info", web::get().to(answer))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().bind((Ipv4Addr::LOCALHOST, 0))?;
    let place = server.addrs().first().copied().ok_or("it is nowhere")?;
    let server = server.run();
    let handle = server.handle();
    actix_rt::spawn(server);
    Ok((place, handle))
}
