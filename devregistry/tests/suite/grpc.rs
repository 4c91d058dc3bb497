use crate::world::{OWNER, World};
use prost::Message;
use temporalio_protos::temporal::api::cloud::cloudservice::v1::{
    CreateNexusEndpointRequest, CreateNexusEndpointResponse, GetAccountRequest, GetAccountResponse,
    GetNamespacesRequest, GetNamespacesResponse,
};
use temporalio_protos::temporal::api::cloud::nexus::v1::EndpointSpec;
use temporalio_protos::temporal::api::workflowservice::v1::{GetSystemInfoRequest, GetSystemInfoResponse};
use tonic::codec::CompressionEncoding;
use tonic::{Code, Status};

const SERVICE: &str = "/temporal.api.cloud.cloudservice.v1.CloudService";

async fn account(world: &World, who: Option<&str>) -> Result<GetAccountResponse, Status> {
    let path = format!("{SERVICE}/GetAccount");
    world.grpc(&path, who, GetAccountRequest {}, None).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn answers_typed_calls() {
    let world = World::start().await;
    let answer = account(&world, Some(OWNER)).await.unwrap();
    assert_eq!(answer.account.unwrap().id, "a2dd6");
}

#[tokio::test]
async fn takes_and_sends_gzip() {
    let world = World::start().await;
    let path = format!("{SERVICE}/GetNamespaces");
    let gzip = Some(CompressionEncoding::Gzip);
    let request = GetNamespacesRequest { name: "orders".into(), ..GetNamespacesRequest::default() };
    let answer: tonic::Response<GetNamespacesResponse> =
        world.grpc(&path, Some(OWNER), request, gzip).await.unwrap();
    assert_eq!(answer.metadata().get("grpc-encoding").unwrap(), "gzip");
    assert_eq!(answer.into_inner().namespaces.len(), 1);
}

#[tokio::test]
async fn needs_a_key() {
    let world = World::start().await;
    let refused = account(&world, None).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::Unauthenticated, "request not authenticated"));
}

#[tokio::test]
async fn methods_that_are_not_served_are_unimplemented_by_name() {
    let world = World::start().await;
    for (path, name) in [
        (format!("{SERVICE}/GetProjects"), "GetProjects"),
        (format!("{SERVICE}/GetUsage"), "GetUsage"),
        ("/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution".into(), "StartWorkflow"),
    ] {
        let answer =
            world.grpc::<_, GetAccountResponse>(&path, Some(OWNER), GetAccountRequest {}, None).await;
        let refused = answer.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented);
        assert!(refused.message().contains(name), "{}", refused.message());
    }
}

#[tokio::test]
async fn messages_that_are_malformed_are_bad_requests() {
    let world = World::start().await;
    // Field 1 is a message there and a text here.
    let wrong = EndpointSpec { name: "\u{7f}\u{7f}\u{7f}".into(), ..EndpointSpec::default() };
    let path = format!("{SERVICE}/CreateNexusEndpoint");
    let answer = world.grpc::<_, CreateNexusEndpointResponse>(&path, Some(OWNER), wrong, None).await;
    let refused = answer.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().ends_with("(type: bad-request, retryable: false)"), "{}", refused.message());
}

#[tokio::test]
async fn messages_that_are_too_large_exhaust_a_resource() {
    let world = World::start().await;
    let spec = EndpointSpec { name: "x".repeat(5 * 1024 * 1024), ..EndpointSpec::default() };
    let request = CreateNexusEndpointRequest { spec: Some(spec), async_operation_id: String::new() };
    let path = format!("{SERVICE}/CreateNexusEndpoint");
    for encoding in [None, Some(CompressionEncoding::Gzip)] {
        let answer =
            world.grpc::<_, CreateNexusEndpointResponse>(&path, Some(OWNER), request.clone(), encoding).await;
        assert_ne!(answer.as_ref().unwrap_err().code(), Code::Ok);
        if encoding.is_none() {
            assert_eq!(answer.unwrap_err().code(), Code::ResourceExhausted);
        }
    }
}

#[tokio::test]
async fn tells_connecting_sdks_about_the_system_without_a_key() {
    let world = World::start().await;
    let path = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
    let gzip = Some(CompressionEncoding::Gzip);
    let answer: tonic::Response<GetSystemInfoResponse> =
        world.grpc(path, None, GetSystemInfoRequest {}, gzip).await.unwrap();
    assert!(answer.into_inner().server_version.starts_with("devregistry"));
}

#[tokio::test]
async fn other_dialects_of_grpc_are_refused() {
    let world = World::start().await;
    for kind in ["application/grpc-web+proto", "application/grpc+json"] {
        let request = world.http.post(world.url(&format!("{SERVICE}/GetAccount")));
        let response = request.header("content-type", kind).body("x").send().await.unwrap();
        assert_eq!(response.status(), 415, "{kind}");
    }
}

/// An encoded message to create an Endpoint, of exactly so many bytes.
fn sized(bytes: usize) -> CreateNexusEndpointRequest {
    let request = |length| {
        let spec = EndpointSpec { name: "x".repeat(length), ..EndpointSpec::default() };
        CreateNexusEndpointRequest { spec: Some(spec), async_operation_id: String::new() }
    };
    let beside = request(bytes).encoded_len() - bytes;
    let request = request(bytes - beside);
    assert_eq!(request.encoded_len(), bytes);
    request
}

#[tokio::test]
async fn the_largest_message_is_read() {
    let world = World::start().await;
    let path = format!("{SERVICE}/CreateNexusEndpoint");
    const MOST: usize = 4 * 1024 * 1024;
    for (size, code) in [(MOST, Code::InvalidArgument), (MOST + 1, Code::ResourceExhausted)] {
        for encoding in [None, Some(CompressionEncoding::Gzip)] {
            let request = sized(size);
            let answer = world.grpc::<_, CreateNexusEndpointResponse>(&path, Some(OWNER), request, encoding);
            let refused = answer.await.unwrap_err();
            assert_eq!(refused.code(), code, "{size} {encoding:?}: {refused:.300?}");
        }
    }
}

/// The HTTP/2 response to a message that ends nowhere, or that is none.
async fn opened(world: &World, method: &str, key: Option<String>) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let request = client.post(world.url(method)).header("content-type", "application/grpc");
    let request = key.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    request.body(vec![0, 0, 0x3d, 0x09, 0, 7]).send().await.unwrap()
}

#[tokio::test]
async fn strangers_are_refused_by_their_headers() {
    let world = World::start().await;
    let create = format!("{SERVICE}/CreateNexusEndpoint");
    for (key, status) in [(None, "16"), (Some("dev_guess".to_owned()), "16"), (Some(world.key(OWNER)), "13")]
    {
        let response = opened(&world, &create, key).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/grpc");
        assert_eq!(response.headers()["grpc-status"], status, "in a response of trailers only");
    }
    // What the API has is published: a path that leads nowhere needs no key to be refused, over HTTP either.
    for method in [format!("{SERVICE}/GetProjects"), "/no.such.Service/Method".to_owned()] {
        for key in [None, Some(world.key(OWNER))] {
            assert_eq!(opened(&world, &method, key).await.headers()["grpc-status"], "12", "{method}");
        }
    }
    for (path, status) in [("/cloud/projects", 501), ("/cloud/nothing", 404)] {
        assert_eq!(world.send(world.http.get(world.url(path))).await.0, status, "{path}");
    }
}
