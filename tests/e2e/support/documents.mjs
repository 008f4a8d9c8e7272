// Documents for tests: the files of `tests/documents`, and functions that build small documents.

import { readFileSync } from "node:fs";

/** Returns a document of `tests/documents` as text. */
export const document = (name) => readFileSync(new URL(`../../documents/${name}`, import.meta.url), "utf8");

/** Returns a document with one path. `methods` are its operations by method. `options` are other members of the document. */
export function documentOf(path, methods, options = {}) {
  return {
    openapi: "3.0.1",
    info: { title: "test", version: "1" },
    servers: [{ url: "https://api.example.com/{basePath}", variables: { basePath: { default: "v1" } } }],
    "x-amazon-apigateway-binary-media-types": ["application/octet-stream", "image/jpeg"],
    ...options,
    paths: { [path]: methods },
  };
}

/**
 * Returns an operation with an S3 integration. `integration` replaces members of the default integration. Each parameter that a
 * mapping reads is declared, because API Gateway requires that.
 */
export function operation(httpMethod, uri, integration = {}) {
  const sources = Object.values(integration.requestParameters ?? {});
  const read = sources.flatMap((source) => {
    const found = /^method\.request\.(?:multivalue)?(path|querystring|header)\.(.+)$/.exec(source);
    return found ? [found] : [];
  });
  return {
    parameters: read.map(([, place, name]) => ({
      name,
      in: place === "querystring" ? "query" : place,
      required: place === "path",
      schema: { type: "string" },
    })),
    responses: { 200: { description: "ok" }, 500: { description: "refused" } },
    "x-amazon-apigateway-integration": {
      type: "aws",
      httpMethod,
      uri: `arn:aws:apigateway:us-west-2:${uri}`,
      credentials: "arn:aws:iam::123456789012:role/files",
      responses: { "2\\d{2}": { statusCode: "200" }, default: { statusCode: "500" } },
      ...integration,
    },
  };
}

/**
 * Returns a document of 300 resources: 100 copies of the tutorial API. `large_document` in `tests/large_document.rs` makes the same
 * document.
 */
export function largeDocument() {
  const tutorial = JSON.parse(document("tutorial-swagger-2.0.json"));
  const tree = Object.entries(tutorial.paths);
  const copies = Array.from({ length: 100 }, (_, nth) => tree.map(([path, item]) => [`/team${nth}${path}`, item]));
  return { ...tutorial, paths: Object.fromEntries(copies.flat()) };
}
