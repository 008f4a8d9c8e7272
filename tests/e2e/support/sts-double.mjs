// A test double for STS that answers AssumeRole to one set of keys. It signs each request again with aws4fetch and compares the
// signatures.

import { createServer } from "node:http";
import { AwsV4Signer } from "aws4fetch";
import { listen } from "./loopback.mjs";

/**
 * Starts the double. Resolves to `{ endpoint, questions, refuse, stop() }`. `known` are the keys that may assume the role. The
 * answer has the keys of `session`, `{ accessKey, secretKey, token, seconds }`, and expires after `seconds`. `questions` has the
 * form fields of each received request. If a test sets `refuse`, every answer is an error with this code.
 */
export async function startStsDouble({ known, session, region }) {
  /** @type {{ questions: object[], refuse: string | null }} */
  const double = { questions: [], refuse: null };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const form = Object.fromEntries(new URLSearchParams(body));
    double.questions.push(form);
    const fault = double.refuse ?? ((await isSigned(request, body)) ? null : "SignatureDoesNotMatch");
    response.setHeader("content-type", "text/xml");
    if (fault || form.Action !== "AssumeRole" || form.Version !== "2011-06-15") {
      response
        .writeHead(403)
        .end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${fault ?? "InvalidAction"}</Code><Message>said the double</Message></Error></ErrorResponse>`,
        );
      return;
    }
    const expiration = new Date(Date.now() + session.seconds * 1000).toISOString().replace(/\.\d+/, "");
    response.end(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${session.accessKey}</AccessKeyId>` +
        `<SecretAccessKey>${session.secretKey}</SecretAccessKey><SessionToken>${session.token}</SessionToken><Expiration>${expiration}</Expiration>` +
        `</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    );
  });

  async function isSigned(request, body) {
    const headers = { "content-type": request.headers["content-type"] };
    const signer = new AwsV4Signer({
      method: request.method,
      url: `http://${request.headers.host}${request.url}`,
      headers,
      body,
      accessKeyId: known.accessKey,
      secretAccessKey: known.secretKey,
      service: "sts",
      region,
      datetime: request.headers["x-amz-date"],
      allHeaders: true,
    });
    return request.headers.authorization === (await signer.authHeader());
  }

  const { port, stop } = await listen(server);
  return Object.assign(double, { endpoint: `http://127.0.0.1:${port}`, stop });
}
