//! What is secret and sent goes only to the server that it was given for.

use crate::{
    harness::TestApp,
    receiver::Receiver,
    sessions::{SAME_ORIGIN, cookie, plain},
};
use reqwest::Method;
use serde_json::{Value, json};

/// The pointers of what was refused because it would have been kept.
fn kept(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["code"] == "credential_kept"), "{problem}");
    errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

fn basic() -> Value {
    json!({"type": "basic", "username": "ana", "password": "geheim"})
}

fn headers() -> Value {
    json!([{"name": "X-Region", "value": "eu"}, {"name": "X-Token", "value": "a token"}])
}

#[tokio::test]
async fn what_is_kept_does_not_go_to_another_server() {
    let mut app = TestApp::start().await;
    let [old, new] = [Receiver::start().await, Receiver::start().await];
    let key = json!({"type": "api_key", "header": "X-API-Key", "value": "the key"});
    let url = new.url();
    for (authentication, pointer) in [(basic(), "/authentication/password"), (key, "/authentication/value")] {
        let all = json!({"authentication": authentication, "headers": headers()});
        let path = format!("/webhooks/{}", app.webhook_with(&old, all).await);
        let refused = async |change: Value| app.patch(&path, &change).await.expect(422).json();
        let without = async |member: &str| {
            let mut some = authentication.clone();
            some.as_object_mut().unwrap().remove(member).unwrap();
            refused(json!({"url": url, "authentication": some})).await
        };
        let (first, second) = ("/headers/0/value", "/headers/1/value");
        assert_eq!(kept(&refused(json!({"url": url})).await), [pointer, first, second]);
        assert_eq!(kept(&without(pointer.rsplit('/').next().unwrap()).await), [pointer, first, second]);
        let given = json!({"url": url, "authentication": authentication});
        assert_eq!(kept(&refused(given).await), [first, second]);
        let names = json!([{"name": "X-New", "value": "v"}, {"name": "x-token"}]);
        let renamed = json!({"url": url, "authentication": {"type": "none"}, "headers": names});
        let refused = refused(renamed).await;
        assert_eq!(kept(&refused), [second]);
        assert_eq!(
            refused["errors"][0]["detail"],
            "The URL leads to another server: type the value again, or remove the header."
        );
        let now = app.read(&path).await;
        assert_eq!((&now["url"], &now["version"]), (&json!(old.url()), &json!(1)));
    }
    app.publish_example().await;
    app.run_due().await;
    assert_eq!((old.received().len(), new.received().len()), (2, 0));
}

#[tokio::test]
async fn what_is_kept_goes_to_another_path_of_its_server() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let id = app.webhook_with(&receiver, json!({"authentication": basic(), "headers": headers()})).await;
    let change = json!({"url": receiver.url_at("/other?way=new")});
    app.patch(&format!("/webhooks/{id}"), &change).await.expect(200);
    app.publish_example().await;
    app.run_due().await;
    let [received] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!(received.line, "POST /other?way=new HTTP/1.1");
    assert_eq!(received.header("authorization"), Some("Basic YW5hOmdlaGVpbQ=="));
    assert_eq!(received.header("x-token"), Some("a token"));
}

#[tokio::test]
async fn what_is_given_again_goes_to_another_server_and_what_is_taken_away_does_not() {
    let mut app = TestApp::start().await;
    let [old, new] = [Receiver::start().await, Receiver::start().await];
    let all = json!({"authentication": basic(), "headers": headers()});
    let ids = [app.webhook_with(&old, all.clone()).await, app.webhook_with(&old, all).await];
    let again = json!({"url": new.url_at("/again"), "authentication": basic(), "headers": headers()});
    let away = json!({"url": new.url_at("/away"), "authentication": {"type": "none"}, "headers": []});
    for (id, change) in ids.iter().zip([again, away]) {
        app.patch(&format!("/webhooks/{id}"), &change).await.expect(200);
    }
    app.publish_example().await;
    app.run_due().await;
    let received = new.received();
    let sent = |path: &str| {
        let one = received.iter().find(|one| one.line.contains(path)).unwrap();
        assert_eq!(one.signatures_hold("dummysecret"), (true, true), "the secret is not sent, and stays");
        [one.header("authorization"), one.header("x-region"), one.header("x-token")]
    };
    assert_eq!(sent("/again"), [Some("Basic YW5hOmdlaGVpbQ=="), Some("eu"), Some("a token")]);
    assert_eq!(sent("/away"), [None, None, None]);
}

#[tokio::test]
async fn a_visitor_who_may_edit_does_not_learn_what_is_sent() {
    let app = TestApp::start().await;
    let [old, new] = [Receiver::start().await, Receiver::start().await];
    let id = app.webhook_with(&old, json!({"authentication": basic()})).await;
    let link = app.make("/portal-links", &json!({"role": "editor"})).await;
    let (_, token) = link["url"].as_str().unwrap().split_once('#').unwrap();
    let body = json!({"token": token}).to_string();
    let visitor = cookie(&plain(&app, Method::POST, "/session/portal-link", &[], &body).await.expect(201));
    let headers = [("cookie", visitor.as_str()), SAME_ORIGIN];
    let change = async |url: String| {
        let body = json!({"url": url}).to_string();
        plain(&app, Method::PATCH, &format!("/webhooks/{id}"), &headers, &body).await
    };
    assert_eq!(kept(&change(new.url()).await.expect(422).json()), ["/authentication/password"]);
    change(old.url_at("/other")).await.expect(200);
}

#[tokio::test]
async fn a_host_of_other_letters_is_the_same_server_when_it_is_sent_again() {
    let app = TestApp::start().await;
    let url = "https://bücher.example/hook";
    let new = json!({"url": url, "secret": "dummysecret", "authentication": basic(), "headers": headers()});
    let webhook = app.make("/webhooks", &new).await;
    assert_eq!(webhook["url"], "https://xn--bcher-kva.example/hook", "as it is looked up");
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let names = json!([{"name": "X-Region"}, {"name": "X-Token"}]);
    let again = json!({"url": url, "authentication": {"type": "basic", "username": "ana"}, "headers": names});
    let again = app.patch(&path, &again).await.expect(200).json();
    assert_eq!((&again["url"], &again["version"]), (&webhook["url"], &json!(1)));
    let lookalike = json!({"url": "https://bucher.example/hook"});
    assert_eq!(kept(&app.patch(&path, &lookalike).await.expect(422).json()).len(), 3);
}
