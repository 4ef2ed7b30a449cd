//! `docker-compose.gateway.yml`: the gateway's part, by inclusion.

use crate::{files::text, model::Model};

#[test]
fn the_gateway_alone_is_a_few_lines_and_the_same_services() {
    let file = text("docker-compose.gateway.yml");
    assert!(file.lines().count() <= 10 && !file.contains("image:"), "{file}");
    let (alone, whole) = (Model::read("docker-compose.gateway.yml"), Model::read("docker-compose.yml"));
    let names: Vec<&str> = alone.services.keys().map(String::as_str).collect();
    assert_eq!(names, ["gateway-proxy", "new-api", "prepare", "redis-cache", "redis-queue", "searxng"]);
    for (name, service) in &alone.services {
        assert_eq!(service, &whole.services[name], "{name}");
        for on in service["depends_on"].as_object().into_iter().flat_map(|on| on.keys()) {
            assert!(alone.services.contains_key(on), "{name} waits for {on}, which is not here");
        }
    }
}
